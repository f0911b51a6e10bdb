/**
 * A cluster of others in memory, and what happens to such: transactions that stay open, records that retention removes, leaders that
 * lose a tail, topics that are deleted, made again or grown, an outage. Clients of it are `MemoryRemote`.
 */
import { randomUUID } from 'node:crypto';
import { type PartitionKey, partitionKey, splitPartitionKey } from '../../src/domain/position.js';
import { TidemarkError } from '../../src/errors.js';
import { Bell } from '../../src/log/delivery.js';
import { partitionOf } from '../../src/log/partitioner.js';
import type { NewRecord } from '../../src/log/port.js';
import type { RemoteTopic } from '../../src/log/remote-port.js';
import { type RemoteContent, RemotePartition, type TransactionState } from './remote-partition.js';

export interface RemotePlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** Records put by it are seen once it is committed, and by nobody when it is aborted. */
export interface MemoryTransaction {
  append(records: readonly NewRecord[]): readonly RemotePlace[];
  commit(): void;
  abort(): void;
}

interface HeldTopic {
  readonly topic: RemoteTopic;
  readonly partitions: readonly RemotePartition[];
}

export class MemoryCluster {
  readonly id: string;
  /** Rings when there may be something new to read. */
  readonly bell = new Bell();
  readonly committed = new Map<PartitionKey, bigint>();
  readonly #clock: () => number;
  readonly #topics = new Map<string, HeldTopic>();
  #isAway = false;
  #isReadingHeld = false;

  /** `clock`: milliseconds since 1970. The id is random unless given. */
  constructor(clock: () => number, id: string = randomUUID()) {
    this.id = id;
    this.#clock = clock;
  }

  createTopic(name: string, partitions: number): RemoteTopic {
    const topic = { name, incarnationId: randomUUID(), partitions };
    this.#topics.set(name, { topic, partitions: Array.from({ length: partitions }, () => new RemotePartition()) });
    this.bell.ring();
    return topic;
  }

  deleteTopic(name: string): void {
    this.#topics.delete(name);
    for (const key of this.committed.keys()) if (splitPartitionKey(key).topic === name) this.committed.delete(key);
    this.bell.ring();
  }

  /** Under its name, with another id and as many partitions. */
  recreateTopic(name: string): RemoteTopic {
    const { partitions } = this.#held(name).topic;
    this.deleteTopic(name);
    return this.createTopic(name, partitions);
  }

  addPartitions(name: string, count: number): void {
    const { topic, partitions } = this.#held(name);
    const added = Array.from({ length: count }, () => new RemotePartition());
    this.#topics.set(name, {
      topic: { ...topic, partitions: topic.partitions + count },
      partitions: [...partitions, ...added],
    });
  }

  find(name: string): RemoteTopic | undefined {
    return this.#topics.get(name)?.topic;
  }

  /** Throws `request_invalid` for a partition that is not there. */
  partition(key: PartitionKey): RemotePartition {
    const { topic, partition } = splitPartitionKey(key);
    const found = this.#held(topic).partitions[partition];
    if (found === undefined) throw unknown(`partition "${key}"`);
    return found;
  }

  /** All of them or, where a topic is not there, none. */
  append(records: readonly NewRecord[], transaction?: TransactionState): readonly RemotePlace[] {
    const partitions = records.map((record) => this.#partitionFor(record));
    const places = records.map((record, i) => this.#put(partitions[i] ?? 0, record, transaction));
    this.bell.ring();
    return places;
  }

  /** One record into a partition of the caller's choice, stamped as the caller says. */
  produce(key: PartitionKey, content: RemoteContent): bigint {
    const offset = this.partition(key).put(content);
    this.bell.ring();
    return offset;
  }

  begin(): MemoryTransaction {
    const state: TransactionState = { outcome: 'open' };
    const touched = new Set<PartitionKey>();
    const end = (outcome: 'committed' | 'aborted'): void => {
      state.outcome = outcome;
      for (const key of touched) this.partition(key).mark();
      this.bell.ring();
    };
    return {
      append: (records) => {
        const places = this.append(records, state);
        for (const { topic, partition } of places) touched.add(partitionKey(topic, partition));
        return places;
      },
      commit: () => end('committed'),
      abort: () => end('aborted'),
    };
  }

  /** Whatever was changed in a partition is looked at again. */
  change(key: PartitionKey, edit: (partition: RemotePartition) => void): void {
    edit(this.partition(key));
    this.bell.ring();
  }

  /** Nobody reaches it until it is back. */
  goAway(): void {
    this.#isAway = true;
  }

  comeBack(): void {
    this.#isAway = false;
    this.bell.ring();
  }

  /** Those who follow get nothing until it is released; everything else goes on. */
  holdReading(): void {
    this.#isReadingHeld = true;
  }

  releaseReading(): void {
    this.#isReadingHeld = false;
    this.bell.ring();
  }

  get isReadable(): boolean {
    return !this.#isAway && !this.#isReadingHeld;
  }

  /** Throws `log_failed`, retriable, while it is away. */
  assertReachable(): void {
    if (this.#isAway) throw away();
  }

  #put(partition: number, record: NewRecord, transaction: TransactionState | undefined): RemotePlace {
    const { topic, key, headers, value } = record;
    const content = {
      timestampMs: this.#clock(),
      key: key && Uint8Array.from(key),
      headers: headers.map(([name, bytes]) => [name, Uint8Array.from(bytes)] as const),
      value: value && Uint8Array.from(value),
    };
    return { topic, partition, offset: this.partition(partitionKey(topic, partition)).put(content, transaction) };
  }

  #partitionFor({ topic, key }: NewRecord): number {
    const { partitions } = this.#held(topic).topic;
    return key === null ? 0 : partitionOf(key, partitions);
  }

  #held(name: string): HeldTopic {
    const found = this.#topics.get(name);
    if (found === undefined) throw unknown(`topic "${name}"`);
    return found;
  }
}

function unknown(what: string): TidemarkError {
  const advice = 'Use a topic of this log.';
  return new TidemarkError({
    code: 'request_invalid',
    message: `The log has no ${what}.`,
    advice,
    retriable: false,
  });
}

function away(): TidemarkError {
  const advice = 'Try again later.';
  return new TidemarkError({ code: 'log_failed', message: 'The log cannot be reached.', advice, retriable: true });
}
