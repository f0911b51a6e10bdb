import { createRecordsBatch } from '@platformatic/kafka';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanBatches } from './batches.js';

const codecs = ['none', 'gzip', 'snappy', 'lz4'] as const;

/** Two records as another client writes them. */
function batchBytes(compression: (typeof codecs)[number] = 'none'): Buffer {
  const message = (value: string, timestamp: bigint) => ({ topic: 't', value: Buffer.from(value), timestamp });
  const headers = new Map([[Buffer.from('h'), Buffer.from('1')]]);
  const messages = [{ ...message('one', 5_000n), key: Buffer.from('k'), headers }, message('', 5_007n)];
  return Buffer.from(createRecordsBatch(messages, { compression, partitionLeaderEpoch: 4 }).buffer);
}

/** Written anew: a head that has been changed on purpose. */
function changed(bytes: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes);
  change(copy);
  return copy;
}

describe('the batches of an answer', () => {
  it.each(codecs)('are read as another client wrote them with the codec %s', (codec) => {
    const { batches, damage } = scanBatches(Buffer.concat([batchBytes(codec), batchBytes('none')]));
    expect(damage).toBeUndefined();
    expect(batches.map(({ firstOffset, end, leaderEpoch }) => [firstOffset, end, leaderEpoch])).toEqual([
      [0n, 2n, 4],
      [0n, 2n, 4],
    ]);
    const records = batches[0]?.records() ?? [];
    expect(records.map(({ key, value }) => [key?.toString() ?? null, value?.toString() ?? null])).toEqual([
      ['k', 'one'],
      [null, ''],
    ]);
    expect(records[0]?.headers).toEqual([['h', Buffer.from('1')]]);
    expect(records.map(({ timestampDeltaMs }) => timestampDeltaMs)).toEqual([0, 7]);
  });

  it('are the whole ones, wherever the broker has cut off the last', () => {
    const bytes = Buffer.concat([batchBytes(), batchBytes()]);
    fc.assert(
      fc.property(fc.integer({ min: batchBytes().length, max: bytes.length - 1 }), (length) => {
        expect(scanBatches(bytes.subarray(0, length))).toMatchObject({ batches: { length: 1 }, damage: undefined });
      }),
    );
  });

  it('end where one does not fit its checksum, whichever byte after it is changed', () => {
    const bytes = batchBytes();
    fc.assert(
      fc.property(fc.integer({ min: 17, max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const damaged = changed(bytes, (copy) => copy.writeUInt8(copy.readUInt8(at) ^ by, at));
        const { batches, damage } = scanBatches(Buffer.concat([bytes, damaged]));
        expect([batches.length, damage]).toMatchObject([1, { code: 'log_damaged' }]);
      }),
    );
  });

  it('end where one is of a format older than Kafka 0.11', () => {
    const old = changed(batchBytes(), (copy) => copy.writeInt8(1, 16));
    expect(scanBatches(old)).toMatchObject({ batches: [], damage: { code: 'log_damaged' } });
  });

  it('are never read past their end, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(scanBatches(Buffer.from(bytes)).batches).toEqual([]);
      }),
    );
  });
});
