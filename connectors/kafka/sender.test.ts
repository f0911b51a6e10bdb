import { NumericMap } from '@platformatic/kafka';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { limits } from '../../src/limits.js';
import { Append, type Outgoing } from './append-queue.js';
import type { ClusterTopic } from './cluster.js';
import type { Batch, Numbering } from './produce.js';
import type { ProduceWire } from './produce-wire.js';
import { KafkaSender } from './sender.js';

const leader = { node: 1, address: { host: 'broker', port: 9092 }, leaderEpoch: 0 };
const topicOf = (name: string): ClusterTopic => ({ name, incarnationId: name, partitions: 1, leaders: [leader] });
const timedOut = Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' });

/** A broker that writes nothing twice: what has the number of what it has written is acknowledged at the offset of that (KIP-98). */
class FakeBroker implements ProduceWire {
  readonly stored: string[] = [];
  ids = 0n;
  /** Stands for the way to the broker; throws what is lost on it. */
  onWay: (batches: readonly Batch[]) => Promise<void> = async () => undefined;
  readonly refused = new Map<string, { readonly error: Error; readonly mayPass: boolean }>();
  readonly #last = new Map<string, { readonly sequence: number; readonly baseOffset: bigint }>();

  readonly askForId: ProduceWire['askForId'] = async () => {
    this.ids += 1n;
    return { producerId: this.ids, producerEpoch: 0, sequences: new NumericMap() };
  };

  readonly produce: ProduceWire['produce'] = async (_, { batches, numbering }, assertMay) => {
    await this.onWay(batches);
    assertMay();
    const failed = batches.flatMap((batch) => {
      const refusal = this.refused.get(batch.topic);
      return refusal === undefined ? [] : [{ batch, ...refusal }];
    });
    const taken = batches.filter(({ topic }) => !this.refused.has(topic));
    return { written: taken.map((batch) => this.#write(batch, numbering)), failed };
  };

  close(): void {}

  #write({ topic, partition, messages }: Batch, { producerId, sequences }: Numbering) {
    const sequence = sequences.get(topic) ?? 0;
    const key = `${producerId}:${topic}`;
    const last = this.#last.get(key);
    const isAgain = last?.sequence === sequence;
    const baseOffset = isAgain ? last.baseOffset : BigInt(this.stored.length);
    if (!isAgain) this.stored.push(...messages.map(({ value }) => String(value)));
    this.#last.set(key, { sequence, baseOffset });
    sequences.set(topic, sequence + messages.length);
    return { topic, partition, baseOffset };
  }
}

function outgoing(value: string, topic = 't'): Outgoing {
  const append = new Append(
    1,
    () => undefined,
    () => undefined,
  );
  const record = { topic, key: null, headers: [], value: Buffer.from(value) };
  return { append, index: 0, topic, partition: 0, record, bytes: 1 };
}

function sending(broker: FakeBroker, describeTopics: () => Promise<readonly ClusterTopic[]> = async () => []) {
  let holds = true;
  const settings = { brokers: [], clientId: 'c', groupId: 'g' };
  const cluster = { settings, topic: topicOf, leaderOf: () => leader, describe: describeTopics };
  const sender = new KafkaSender(cluster, () => holds, broker);
  const stopHolding = () => {
    holds = false;
  };
  return { sender, stopHolding };
}

function gate() {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, passed };
}

describe('a request to append', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('that was given up is not written later, and does not take the numbers of the next', async () => {
    const broker = new FakeBroker();
    const { open, passed } = gate();
    const { sender } = sending(broker, () => passed.then(() => []));
    broker.onWay = async () => {
      throw timedOut;
    };
    const first = sender.send([outgoing('A')]);
    await vi.advanceTimersByTimeAsync(limits.remoteAppendMs);
    expect(await first).toMatchObject({ written: [], failed: [{ error: { code: 'unreachable' } }] });

    broker.onWay = async () => undefined;
    const second = sender.send([outgoing('B')]);
    open();
    expect(await second).toEqual({ written: [{ topic: 't', partition: 0, baseOffset: 0n }], failed: [] });
    await vi.advanceTimersByTimeAsync(limits.remoteAppendMs);
    expect(broker.stored).toEqual(['B']);
  });

  it('that was given up while it was being connected for is not written', async () => {
    const broker = new FakeBroker();
    const { open, passed } = gate();
    broker.onWay = () => passed;
    const { sender } = sending(broker);
    const first = sender.send([outgoing('A')]);
    await vi.advanceTimersByTimeAsync(limits.remoteAppendMs);
    expect((await first).written).toEqual([]);
    open();
    await vi.advanceTimersByTimeAsync(limits.remoteAppendMs);
    expect(broker.stored).toEqual([]);
  });

  it('writes nothing when our place is lost on the way', async () => {
    const broker = new FakeBroker();
    const { sender, stopHolding } = sending(broker);
    broker.onWay = async () => stopHolding();
    const sent = sender.send([outgoing('A')]);
    await vi.advanceTimersByTimeAsync(limits.remoteAppendMs);
    expect((await sent).failed).toMatchObject([{ error: { code: 'log_failed' } }]);
    expect(broker.stored).toEqual([]);
  });

  it('shares its numbers with the one after it only if all of it was written', async () => {
    const broker = new FakeBroker();
    const { sender } = sending(broker);
    await sender.send([outgoing('A')]);
    await sender.send([outgoing('B')]);
    expect(broker.ids).toBe(1n);
    broker.refused.set('t', { error: new Error('no'), mayPass: false });
    await sender.send([outgoing('C')]);
    broker.refused.clear();
    await sender.send([outgoing('D')]);
    expect([broker.ids, broker.stored]).toEqual([2n, ['A', 'B', 'D']]);
  });

  it('tells what was written beside what was refused, and writes that once', async () => {
    const broker = new FakeBroker();
    const { sender } = sending(broker);
    const tooLarge = new Error('too large');
    broker.refused.set('large', { error: tooLarge, mayPass: false });
    expect(await sender.send([outgoing('A', 'small'), outgoing('B', 'large')])).toEqual({
      written: [{ topic: 'small', partition: 0, baseOffset: 0n }],
      failed: [{ topic: 'large', partition: 0, error: tooLarge }],
    });
    expect(broker.stored).toEqual(['A']);
  });

  it('is tried again for what may pass, and only for that', async () => {
    const broker = new FakeBroker();
    const { sender } = sending(broker);
    broker.refused.set('later', { error: new Error('moving'), mayPass: true });
    const sent = sender.send([outgoing('A', 'now'), outgoing('B', 'later')]);
    await vi.advanceTimersByTimeAsync(50);
    broker.refused.clear();
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await sent).written.map(({ topic }) => topic)).toEqual(['now', 'later']);
    expect(broker.stored).toEqual(['A', 'B']);
  });
});
