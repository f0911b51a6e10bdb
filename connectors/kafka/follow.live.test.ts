import { CompressionTypes } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countedMs } from '../../eval/live/machine-time.test-support.js';
import { kafkaMissing, kafkaServers, kafkaUrl } from '../../eval/live/settings.js';
import { limits } from '../../src/limits.js';
import { LiveKafka, reached, troubled, values } from './follow.test-support.js';

describe.skipIf(kafkaUrl() === undefined)(`following partitions of Kafka (${kafkaMissing()})`, () => {
  let live: LiveKafka;
  beforeAll(async () => {
    live = await LiveKafka.open(kafkaServers());
  });
  afterAll(() => live.close());

  it('shows committed records only and comes to the end of a log that ends in an abort marker', async () => {
    const point = await live.makeTopic();
    const producer = await live.producer(point.topic);
    for (const [value, end] of [
      ['1', 'commit'],
      ['2', 'abort'],
      ['3', 'commit'],
      ['4', 'abort'],
    ] as const) {
      const transaction = await producer.transaction();
      await transaction.send({ topic: point.topic, messages: [{ value }, { value: `${value}b` }] });
      await transaction[end]();
    }
    const seen = await live.read([point], reached(12n));

    expect(values(seen)).toEqual(['1', '1b', '3', '3b']);
    expect(seen.records.map(({ offset }) => offset)).toEqual([0n, 1n, 6n, 7n]);
    expect(seen.nextOffsets.get(0)).toBe(12n);
  });

  it('keeps keys, headers and their order, empty and null values', async () => {
    const point = await live.makeTopic();
    const producer = await live.producer();
    const headers = { a: ['1', '2'], z: Buffer.from([0xff]), empty: '' };
    await producer.send({
      topic: point.topic,
      messages: [
        { key: 'k', value: '', headers, timestamp: '1700000000000' },
        { key: '', value: null },
      ],
    });
    const { records } = await live.read([point], reached(2n));

    const [first, second] = records;
    expect(first).toMatchObject({ timestampMs: 1_700_000_000_000, leaderEpoch: 0, offset: 0n });
    expect([first?.key, first?.value].map((bytes) => bytes?.toString())).toEqual(['k', '']);
    expect(first?.headers.map(([name, value]) => [name, Buffer.from(value).toString('latin1')])).toEqual([
      ['a', '1'],
      ['a', '2'],
      ['z', '\xff'],
      ['empty', ''],
    ]);
    expect([second?.key?.length, second?.value]).toEqual([0, null]);
  });

  it('reads all partitions side by side, each in slices of at most copiedRecordsMax', async () => {
    const point = await live.makeTopic(3);
    const points = [0, 1, 2].map((partition) => ({ ...point, partition }));
    for (const one of points) await live.send(one, ...Array.from({ length: 1_250 }, (_, i) => `${one.partition}:${i}`));
    const seen = await live.read(points, (so) => points.every(({ partition }) => reached(1_250n, partition)(so)));

    expect(seen.records).toHaveLength(3_750);
    expect(seen.sliceRecords).toBe(limits.copiedRecordsMax);
  });

  it('says that a topic was made again, and shows no record of the new one', async () => {
    const point = await live.makeTopic();
    await live.send(point, 'old');
    const seen = await live.read([point], (so) => {
      if (so.records.length === 1 && !troubled(so)) void live.remake(point);
      return troubled(so);
    });
    const [topic] = await live.cluster.describe([point.topic]);

    expect(seen.troubles).toEqual([{ kind: 'recreated', was: point.incarnationId, is: topic?.incarnationId }]);
    expect(values(seen)).toEqual(['old']);
  });

  it('says that a topic is missing', async () => {
    const point = await live.makeTopic();
    await live.admin.deleteTopics({ topics: [point.topic] });
    expect((await live.read([point], troubled)).troubles).toEqual([{ kind: 'topic_missing' }]);
  });

  it('says which offsets were removed before they were read', async () => {
    const point = await live.makeTopic();
    await live.send(point, 'a', 'b', 'c', 'd');
    await live.deleteBefore(point, '3');
    const seen = await live.read([{ ...point, offset: 1n, leaderEpoch: 0 }], troubled);

    expect(seen.troubles).toEqual([{ kind: 'gap', from: 1n, to: 3n }]);
    expect(seen.records).toEqual([]);
  });

  it.each([null, 0])('says that the log is shorter than what was read of it (leader epoch %s)', async (leaderEpoch) => {
    const point = await live.makeTopic();
    await live.send(point, 'a', 'b');
    const seen = await live.read([{ ...point, offset: 9n, leaderEpoch }], troubled);
    expect(seen.troubles).toEqual([{ kind: 'truncated', from: 2n }]);
  });

  it('says that what was read was of a leadership the log knows nothing of', async () => {
    const point = await live.makeTopic();
    await live.send(point, 'a', 'b');
    const seen = await live.read([{ ...point, offset: 2n, leaderEpoch: 7 }], troubled);
    expect(seen.troubles).toEqual([{ kind: 'truncated', from: 0n }]);
  });

  it('stands before a batch that would fill the memory, says so, and reads the other partitions on', async () => {
    const bomb = await live.makeTopic(2);
    const fine = { ...bomb, partition: 1 };
    const producer = await live.producer();
    const message = { partition: 0, value: Buffer.alloc(limits.remoteBatchBytesMax) };
    await producer.send({ topic: bomb.topic, compression: CompressionTypes.GZIP, messages: [message] });
    await live.send(fine, 'first');
    const seen = await live.read([bomb, fine], ({ records, retries }) => {
      void live.send(fine, 'next');
      return records.length > 1 && retries.some(({ why }) => why === 'unreadable');
    });

    expect(new Set(values(seen))).toEqual(new Set(['first', 'next']));
    expect(seen.troubles).toEqual([]);
  });

  it('returns at once when it is told to stop', async () => {
    const point = await live.makeTopic();
    await live.send(point, 'a');
    const startedMs = performance.now();
    await live.read([point], reached(1n));
    expect(countedMs(startedMs)).toBeLessThan(400);
  });
});
