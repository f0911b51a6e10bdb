import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../eval/live/eventually.test-support.js';
import { kafkaMissing, kafkaUrl } from '../../eval/live/settings.js';
import { partitionOf } from '../../src/log/partitioner.js';
import type { NewRecord } from '../../src/log/port.js';
import { type LiveKafka, liveKafka, textRecord } from './live.test-support.js';

const url = kafkaUrl();
const raw = Uint8Array.from([0, 255, 128, 10]);
const empty = new Uint8Array();

interface Read {
  readonly partition: number;
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: unknown;
}

describe.skipIf(url === undefined)(`appending to Kafka (${kafkaMissing()})`, () => {
  let live: LiveKafka;
  beforeAll(async () => {
    live = await liveKafka(url ?? '');
  });
  afterAll(() => live.close());

  async function readAll(topic: string, count: number): Promise<readonly Read[]> {
    const consumer = live.kafka.consumer({ groupId: `r-${topic}` });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const read: Read[] = [];
    await consumer.run({
      eachMessage: async ({ partition, message: { offset, key, value, headers } }) => {
        read.push({ partition, offset, key, value, headers });
      },
    });
    await eventually(() => expect(read.length).toBe(count));
    await consumer.disconnect();
    return read;
  }

  it('keeps null and empty apart, raw bytes, empty header values and header names that repeat', async () => {
    const topic = await live.newTopic(1);
    const records: NewRecord[] = [
      { topic, key: null, headers: [], value: null },
      { topic, key: empty, headers: [], value: empty },
      {
        topic,
        key: raw,
        headers: [
          ['é', raw],
          ['__proto__', empty],
          ['é', empty],
        ],
        value: raw,
      },
    ];
    const positions = await live.producer.append(records);
    expect(positions.map(({ offset }) => offset)).toEqual([0n, 1n, 2n]);
    const [first, second, third] = await readAll(topic, 3);
    expect([first?.key, first?.value]).toEqual([null, null]);
    expect([second?.key?.length, second?.value?.length]).toEqual([0, 0]);
    expect([third?.key, third?.value]).toEqual([Buffer.from(raw), Buffer.from(raw)]);
    const names = Object.entries(third?.headers ?? {}).map(([name, value]) => [name, [value].flat().length]);
    expect(names).toContainEqual(['é', 2]);
  });

  it('gives every record the position at which it is found', async () => {
    const topic = await live.newTopic(4);
    const keys = Array.from({ length: 500 }, (_, n) => `key-${n}`);
    const appends = keys.map((key) => live.producer.append([textRecord(topic, key, key)]));
    const positions = (await Promise.all(appends)).flat();
    const found = new Map((await readAll(topic, 500)).map((read) => [`${read.partition}:${read.offset}`, read]));
    keys.forEach((key, index) => {
      const { partition = -1, offset } = positions[index] ?? {};
      expect(partition).toBe(partitionOf(Buffer.from(key), 4));
      expect(found.get(`${partition}:${offset}`)?.value?.toString()).toBe(key);
    });
  });

  it('rejects a record that is larger than the topic takes, and only that', async () => {
    const topic = await live.newTopic(1, { 'max.message.bytes': '2000' });
    const small = () => live.producer.append([textRecord(topic, 'k', 's'.repeat(900))]);
    const large = live.producer.append([textRecord(topic, 'k', 'l'.repeat(3_000))]);
    const outcomes = await Promise.allSettled([small(), large, small(), small()]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    await expect(large).rejects.toMatchObject({ code: 'request_too_large' });
  });

  it('fills batches no further than a topic takes them', async () => {
    const topic = await live.newTopic(1);
    const appends = Array.from({ length: 40 }, () =>
      live.producer.append([textRecord(topic, 'k', 'x'.repeat(100_000))]),
    );
    expect((await Promise.all(appends)).flat().map(({ offset }) => offset)).toEqual(
      Array.from({ length: 40 }, (_, n) => BigInt(n)),
    );
  });

  it('says that a topic is missing', async () => {
    await expect(live.producer.append([textRecord('t-missing', 'k', 'v')])).rejects.toMatchObject({
      code: 'log_failed',
    });
  });
});
