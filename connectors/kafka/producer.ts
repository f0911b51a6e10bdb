/**
 * Appends to Kafka with a group commit: while one request is on its way everything that comes in waits and shares the next, so that
 * records of a partition keep their order and many callers cost few requests.
 */

import { TidemarkError } from '../../src/errors.js';
import { limits } from '../../src/limits.js';
import { partitionOf } from '../../src/log/partitioner.js';
import type { NewRecord } from '../../src/log/port.js';
import { Append, type Appended, AppendQueue, admitted, type Outgoing } from './append-queue.js';
import { kafkaError } from './errors.js';
import { grouped } from './grouped.js';

/** Sends one request and waits for all in-sync replicas. */
export type Sender = (outgoing: readonly Outgoing[]) => Promise<Sent>;

/** By partition: what all records of the request that belong to it have come to. */
export interface Sent {
  readonly written: readonly Written[];
  readonly failed: readonly Unwritten[];
}

export interface Written {
  readonly topic: string;
  readonly partition: number;
  /** Of the first record of the partition in the request. */
  readonly baseOffset: bigint;
}

/** Or written, and nobody could tell. */
export interface Unwritten {
  readonly topic: string;
  readonly partition: number;
  /** Of a client, or ours. */
  readonly error: unknown;
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
    if (this.#isClosed) throw stopping();
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

  /** What waits fails, with `stopping`; resolves when the request that is on its way has been answered or given up. */
  async drain(): Promise<void> {
    this.#isClosed = true;
    this.#queue.failAll(stopping());
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
    const parts = [group];
    let requests = 0;
    for (let next = parts.shift(); next !== undefined; next = parts.shift()) {
      const part = next.filter(({ append }) => !append.isSettled);
      if (requests > 0 && this.#isClosed) failAll(part, stopping());
      else if (requests > limits.remoteSplitsMax) failAll(part, unsplit());
      else if (part.length > 0) {
        requests += 1;
        parts.unshift(...(await this.#sendPart(part)));
      }
    }
  }

  /** Returns what is to be sent again, in smaller parts: of records that are too large together each by itself may be taken. */
  async #sendPart(part: readonly Outgoing[]): Promise<readonly (readonly Outgoing[])[]> {
    const sent = await this.#send(part).catch((error: unknown) => failedWhole(part, error));
    const written = new Map(sent.written.map((one) => [batchOf(one), one.baseOffset]));
    const failed = new Map(sent.failed.map((one) => [batchOf(one), kafkaError(one.error, 'appending')]));
    return [...grouped(part, batchOf)].flatMap(([batch, records]) => {
      const failure = failed.get(batch) ?? place(records, written.get(batch));
      if (failure?.code === 'request_too_large' && records.length > 1) return halvesOf(records);
      if (failure !== undefined) failAll(records, failure);
      return [];
    });
  }
}

function batchOf({ topic, partition }: Pick<Outgoing, 'topic' | 'partition'>): string {
  return `${topic}:${partition}`;
}

function halvesOf<T>(all: readonly T[]): readonly (readonly T[])[] {
  const middle = Math.ceil(all.length / 2);
  return [all.slice(0, middle), all.slice(middle)];
}

function failAll(outgoing: readonly Outgoing[], error: TidemarkError): void {
  for (const { append } of outgoing) append.fail(error);
}

function failedWhole(part: readonly Outgoing[], error: unknown): Sent {
  return { written: [], failed: part.map(({ topic, partition }) => ({ topic, partition, error })) };
}

/** Records of a partition lie one after the other from its base offset, in the order in which they were given. */
function place(records: readonly Outgoing[], baseOffset: bigint | undefined): TidemarkError | undefined {
  if (baseOffset === undefined || baseOffset < 0n) return unplaced(records[0]?.topic ?? '');
  let offset = baseOffset;
  for (const { topic, partition, append, index } of records) {
    append.place(index, { topic, partition, offset });
    offset += 1n;
  }
  return undefined;
}

/** The search for what is too large stops: the appends behind it wait. */
function unsplit(): TidemarkError {
  return new TidemarkError({
    code: 'overloaded',
    message: 'Records that came together are too large for their topic, and sending each by itself takes too long.',
    advice: 'Retry after a moment, with fewer records at once; or raise max.message.bytes of the topic.',
    retriable: true,
  });
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
