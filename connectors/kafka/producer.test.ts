import { describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.js';
import type { NewRecord } from '../../src/log/port.js';
import type { Outgoing } from './append-queue.js';
import { grouped } from './grouped.js';
import { KafkaProducer, type Sender } from './producer.js';

/** A broker that numbers records, and answers when it is let. */
function fakeBroker() {
  const requests: (readonly Outgoing[])[] = [];
  const next = new Map<string, bigint>();
  let gate: Promise<void> = Promise.resolve();
  const send: Sender = async (outgoing) => {
    requests.push(outgoing);
    await gate;
    const first = new Map<string, bigint>();
    for (const { topic, partition } of outgoing) {
      const key = `${topic}:${partition}`;
      const offset = next.get(key) ?? 0n;
      if (!first.has(key)) first.set(key, offset);
      next.set(key, offset + 1n);
    }
    const written = [...first].map(([key, baseOffset]) => {
      const [topic = '', partition] = key.split(':');
      return { topic, partition: Number(partition), baseOffset };
    });
    return { written, failed: [] };
  };
  const hold = () => {
    const { promise, resolve } = deferred();
    gate = promise;
    return resolve;
  };
  return { send, requests, hold };
}

function deferred() {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

function record(value: string | Uint8Array, key: string | null = null): NewRecord {
  return { topic: 't', key: key === null ? null : Buffer.from(key), headers: [], value: Buffer.from(value) };
}

const fourPartitions = async () => 4;

describe('appends to Kafka', () => {
  it('share the request after the one that is on its way, in their order', async () => {
    const broker = fakeBroker();
    const release = broker.hold();
    const producer = new KafkaProducer(broker.send, fourPartitions);
    const first = producer.append([record('0')]);
    await expect.poll(() => broker.requests.length).toBe(1);
    const later = Array.from({ length: 50 }, (_, n) => producer.append([record(String(n + 1))]));
    release();
    const positions = (await Promise.all([first, ...later])).flat();
    expect(positions.map(({ offset }) => offset)).toEqual(Array.from({ length: 51 }, (_, n) => BigInt(n)));
    expect(broker.requests.map(({ length }) => length)).toEqual([1, 50]);
  });

  it('have taken a copy of their bytes', async () => {
    const broker = fakeBroker();
    const value = Buffer.from('before');
    const appended = new KafkaProducer(broker.send, fourPartitions).append([{ ...record(''), value }]);
    value.fill('x');
    await appended;
    expect(broker.requests[0]?.[0]?.record.value?.toString()).toBe('before');
  });

  it('are refused as overload past the bound, and taken again after it has gone', async () => {
    const broker = fakeBroker();
    const release = broker.hold();
    const producer = new KafkaProducer(broker.send, fourPartitions);
    const full = producer.append(Array.from({ length: limits.appendQueueMax }, () => record('')));
    await expect(producer.append([record('one more')])).rejects.toMatchObject({ code: 'overloaded', retriable: true });
    release();
    await full;
    expect((await producer.append([record('again')]))[0]?.offset).toBe(BigInt(limits.appendQueueMax));
  });

  it('are refused when a record is too large, and nothing is sent', async () => {
    const broker = fakeBroker();
    const producer = new KafkaProducer(broker.send, fourPartitions);
    const large = record(new Uint8Array(limits.frameBytesMax));
    await expect(producer.append([large])).rejects.toMatchObject({ code: 'request_too_large' });
    expect(broker.requests).toEqual([]);
  });

  it('fail with their request, and those after it go on', async () => {
    const broker = fakeBroker();
    let fails = true;
    const producer = new KafkaProducer(async (outgoing) => {
      if (!fails) return broker.send(outgoing);
      fails = false;
      throw Object.assign(new Error('no'), { type: 'NOT_ENOUGH_REPLICAS' });
    }, fourPartitions);
    await expect(producer.append([record('a')])).rejects.toMatchObject({ code: 'log_failed', retriable: true });
    expect(await producer.append([record('b')])).toEqual([{ topic: 't', partition: 0, offset: 0n }]);
  });

  it('fail when the broker leaves their partition out of its answer', async () => {
    const producer = new KafkaProducer(async () => ({ written: [], failed: [] }), fourPartitions);
    await expect(producer.append([record('a')])).rejects.toMatchObject({ code: 'log_failed' });
  });

  it('write nothing twice when a record beside them is too large, and only that one fails', async () => {
    const topic = limitedTopic();
    const producer = new KafkaProducer(topic.send, async () => 1);
    const values = ['a', 'b', 'LARGE', 'c', 'd', 'e'];
    const beside = producer.append([{ ...record('audit'), topic: 'other' }]);
    const outcomes = await Promise.allSettled(values.map((value) => producer.append([record(value)])));
    await beside;
    expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual(values.map((value) => value !== 'LARGE'));
    expect(outcomes[2]).toMatchObject({ reason: { code: 'request_too_large' } });
    expect(topic.stored).toEqual(['other audit', 't a', 't b', 't c', 't d', 't e']);
  });

  it('search no further than the bound for what is too large, and then say that it may be tried again', async () => {
    const topic = limitedTopic();
    const producer = new KafkaProducer(topic.send, async () => 1);
    const outcomes = await Promise.allSettled(Array.from({ length: 500 }, () => producer.append([record('LARGE')])));
    const codes = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'written'));
    expect(new Set(codes)).toEqual(new Set(['request_too_large', 'overloaded']));
    expect(topic.requests()).toBe(limits.remoteSplitsMax + 1);
  });

  it('fail as stopping when they wait at the end, which waits for the request on its way alone', async () => {
    const broker = fakeBroker();
    const release = broker.hold();
    const producer = new KafkaProducer(broker.send, fourPartitions);
    const first = producer.append([record('a')]);
    await expect.poll(() => broker.requests.length).toBe(1);
    const waiting = producer.append([record('b')]);
    // In the queue once it is known how many partitions there are.
    await new Promise((resolve) => setImmediate(resolve));
    const drained = producer.drain();
    await expect(waiting).rejects.toMatchObject({ code: 'stopping' });
    release();
    await drained;
    expect(await first).toHaveLength(1);
    expect(broker.requests).toHaveLength(1);
  });

  it('fail as stopping when their topic is still being looked at, and the end does not wait for that', async () => {
    const { promise, resolve } = deferred();
    const producer = new KafkaProducer(fakeBroker().send, () => promise.then(() => 1));
    const append = producer.append([record('a')]);
    await producer.drain();
    resolve();
    await expect(append).rejects.toMatchObject({ code: 'stopping' });
  });
});

/** Takes no batch with a large record in it, and all others of the same request. */
function limitedTopic() {
  const stored: string[] = [];
  let requests = 0;
  const send: Sender = async (outgoing) => {
    requests += 1;
    const written = [];
    const failed = [];
    for (const [topic, records] of grouped(outgoing, (one) => one.topic)) {
      const values = records.map(({ record: { value } }) => String(value));
      const error = Object.assign(new Error('no'), { apiId: 'MESSAGE_TOO_LARGE' });
      if (values.includes('LARGE')) failed.push({ topic, partition: 0, error });
      else {
        written.push({ topic, partition: 0, baseOffset: BigInt(stored.length) });
        stored.push(...values.map((value) => `${topic} ${value}`));
      }
    }
    return { written, failed };
  };
  return { send, stored, requests: () => requests };
}
