/**
 * Appends to Kafka with a group commit: while one request is on its way everything that comes in waits and shares the next, so that
 * records of a partition keep their order and many callers cost few requests.
 */

import { TidemarkError } from '../../src/errors.js';
import { partitionOf } from '../../src/log/partitioner.js';
import type { NewRecord } from '../../src/log/port.js';
import { Append, type Appended, AppendQueue, admitted, type Outgoing } from './append-queue.js';
import { kafkaError } from './errors.js';

/** Sends one request and waits for all in-sync replicas. `baseOffset` is that of the first record of the partition in it. */
export type Sender = (outgoing: readonly Outgoing[]) => Promise<readonly Written[]>;

export interface Written {
  readonly topic: string;
  readonly partition: number;
  readonly baseOffset: bigint;
}

/** How many partitions a topic has now. Rejects when that cannot be had. */
export type PartitionsOf = (topic: string) => Promise<number>;

export class KafkaProducer {
  readonly #send: Sender;
  readonly #partitionsOf: PartitionsOf;
  readonly #queue = new AppendQueue();
  #entering: Promise<unknown> = Promise.resolve();
  #running: Promise<void> | undefined;
  #isClosed = false;

  constructor(send: Sender, partitionsOf: PartitionsOf) {
    this.#send = send;
    this.#partitionsOf = partitionsOf;
  }

  /** As `RemoteLog.append`. */
  async append(records: readonly NewRecord[]): Promise<readonly Appended[]> {
    if (this.#isClosed) throw stopping();
    const copies = records.map(admitted);
    if (copies.length === 0) return [];
    // Callers are let in one after the other: the first to have asked must not be overtaken while it is looked how many partitions
    // its topic has.
    const counted = this.#entering.then(() => this.#partitionCounts(records));
    this.#entering = counted.catch(() => undefined);
    const partitions = await counted;
    return new Promise((resolve, reject) => {
      const append = new Append(copies.length, resolve, reject);
      this.#queue.add(
        copies.map(({ record, bytes }, index) => {
          const { topic, key } = record;
          const partition = key === null ? 0 : partitionOf(key, partitions.get(topic) ?? 1);
          return { append, index, topic, partition, record, bytes };
        }),
      );
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing is waiting any more; nothing new is taken. */
  async drain(): Promise<void> {
    this.#isClosed = true;
    await this.#entering;
    await this.#running;
  }

  async #partitionCounts(records: readonly NewRecord[]): Promise<ReadonlyMap<string, number>> {
    const topics = new Set(records.map(({ topic }) => topic));
    return new Map(
      await Promise.all([...topics].map(async (topic) => [topic, await this.#partitionsOf(topic)] as const)),
    );
  }

  async #run(): Promise<void> {
    for (;;) {
      // Whatever has been asked for by now, and is still on its way into the queue, shares the request.
      await new Promise((resolve) => setImmediate(resolve));
      const group = this.#queue.take();
      if (group.length === 0) break;
      await this.#sendGroup(group);
      this.#queue.release(group);
    }
    this.#running = undefined;
  }

  /** Never rejects: what fails is told to the appends. */
  async #sendGroup(group: readonly Outgoing[]): Promise<void> {
    try {
      place(group, await this.#send(group));
    } catch (error) {
      const failure = kafkaError(error, 'appending');
      // Of records that are too large together, each by itself may be taken: it is the batch that a topic limits.
      if (failure.code === 'request_too_large' && group.length > 1) {
        for (const one of group) if (!one.append.isSettled) await this.#sendGroup([one]);
      } else {
        for (const { append } of group) append.fail(failure);
      }
    }
  }
}

/** Records of a partition lie one after the other from its base offset, in the order in which they were given. */
function place(group: readonly Outgoing[], written: readonly Written[]): void {
  const next = new Map(written.map(({ topic, partition, baseOffset }) => [`${topic}:${partition}`, baseOffset]));
  for (const { topic, partition, append, index } of group) {
    const key = `${topic}:${partition}`;
    const offset = next.get(key);
    if (offset === undefined || offset < 0n) throw unplaced(topic);
    next.set(key, offset + 1n);
    append.place(index, { topic, partition, offset });
  }
}

function unplaced(topic: string): TidemarkError {
  return new TidemarkError({
    code: 'log_failed',
    message: 'A broker did not say where it has put the records.',
    advice: 'Try again; the records may have been written.',
    retriable: true,
    facts: { topic },
  });
}

function stopping(): TidemarkError {
  return new TidemarkError({
    code: 'stopping',
    message: 'The log is being closed.',
    advice: 'Retry when the service is up again.',
    retriable: true,
  });
}
