import { fetchV13, Reader, Writer } from '@platformatic/kafka';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFetch, writeFetch } from './fetch-wire.js';

const [one, two] = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'];
const bounds = { waitMsMax: 500, bytesMax: 9_000, partitionBytesMax: 1_000 };

interface Part {
  readonly partition: number;
  readonly errorCode?: number;
  readonly tags?: (writer: Writer) => void;
}

const untagged = (writer: Writer) => void writer.appendUnsignedVarInt(0);

/** As a broker answers. */
function answerBytes(parts: readonly Part[]): Buffer {
  const writer = Writer.create().appendInt32(0).appendInt16(0).appendInt32(0);
  const partition = (to: Writer, { partition: index, errorCode = 0, tags = untagged }: Part) => {
    to.appendInt32(index).appendInt16(errorCode).appendInt64(9n).appendInt64(9n).appendInt64(0n);
    to.appendArray([{ producerId: 5n, firstOffset: 3n }], (w, aborted) => {
      w.appendInt64(aborted.producerId).appendInt64(aborted.firstOffset);
    });
    to.appendInt32(-1).appendUnsignedVarInt(4).append(Buffer.from('abc'));
    tags(to);
  };
  writer.appendArray([one], (w, topicId) => {
    w.appendUUID(topicId).appendArray([...parts], (inner, part) => partition(inner, part), true, false);
  });
  return Buffer.from(writer.appendTaggedFields().buffer);
}

/** A parting of histories, and a field of a version to come. */
function diverging(writer: Writer): void {
  writer.appendUnsignedVarInt(2);
  // A field of size 13: a struct of an epoch, an offset and no fields more.
  writer.appendUnsignedVarInt(0).appendUnsignedVarInt(13).appendInt32(2).appendInt64(77n).appendUnsignedVarInt(0);
  writer.appendUnsignedVarInt(9).appendUnsignedVarInt(3).append(Buffer.from('new'));
}

function read(bytes: Buffer) {
  return readFetch(1, 1, 13, Reader.from(bytes));
}

describe('a fetch on the wire', () => {
  it('is asked as the client asks, but without a session', () => {
    const ask = (topicId: string, partition: number) => ({
      topicId,
      partition,
      offset: 7n,
      lastEpoch: 2,
      leaderEpoch: 3,
    });
    const theirs = (partition: number) => ({
      partition,
      currentLeaderEpoch: 3,
      fetchOffset: 7n,
      lastFetchedEpoch: 2,
      partitionMaxBytes: 1_000,
    });
    const topics = [
      { topicId: one, partitions: [theirs(0), theirs(2)] },
      { topicId: two, partitions: [theirs(1)] },
    ];
    const asked = writeFetch([ask(one, 0), ask(two, 1), ask(one, 2)], bounds);
    expect(asked.buffer).toEqual(fetchV13.createRequest(500, 1, 9_000, 1, 0, -1, topics, [], '').buffer);
  });

  it('is answered for every partition, with its bytes and aborted transactions', () => {
    const { partitions } = read(answerBytes([{ partition: 0 }, { partition: 4, errorCode: 6 }]));
    expect(partitions.map(({ partition, errorCode }) => [partition, errorCode])).toEqual([
      [0, 0],
      [4, 6],
    ]);
    expect(partitions[1]).toMatchObject({
      topicId: one,
      aborted: [{ producerId: 5n, firstOffset: 3n }],
      diverging: null,
    });
    expect(partitions[1]?.bytes.toString()).toBe('abc');
  });

  it('tells that histories have parted, and passes fields it does not know', () => {
    const { partitions } = read(answerBytes([{ partition: 0, tags: diverging }, { partition: 1 }]));
    expect(partitions.map((part) => [part.partition, part.diverging])).toEqual([
      [0, { leaderEpoch: 2, end: 77n }],
      [1, null],
    ]);
  });

  it('is refused when it ends early, wherever that is', () => {
    const bytes = answerBytes([{ partition: 0, tags: diverging }, { partition: 1 }]);
    fc.assert(
      // The last byte counts the fields of the whole answer, which are not looked at.
      fc.property(fc.nat(bytes.length - 2), (length) => {
        expect(() => read(bytes.subarray(0, length))).toThrow(RangeError);
      }),
    );
  });
});
