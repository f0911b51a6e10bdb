/** The event log of unit tests: everything in memory, nothing durable, the same contract. */
import { randomUUID } from 'node:crypto';
import {
  type Incarnation,
  type PartitionKey,
  type Position,
  type PositionVector,
  partitionKey,
} from '../../src/domain/position.js';
import { TidemarkError } from '../../src/errors.js';
import { limits } from '../../src/limits.js';
import { type BatchSource, Bell, deliver } from '../../src/log/delivery.js';
import { partitionOf } from '../../src/log/partitioner.js';
import type {
  EventLog,
  LogBatch,
  LogRecord,
  NewRecord,
  RecordReader,
  RecordReading,
  TopicDescription,
} from '../../src/log/port.js';

export interface MemoryLogOptions {
  /** Random unless given. */
  readonly id?: string;
  readonly topics: readonly { readonly name: string; readonly partitions: number }[];
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

export class MemoryLog implements EventLog, RecordReader {
  readonly id: string;
  readonly #topics: ReadonlyMap<string, TopicDescription>;
  readonly #records: ReadonlyMap<PartitionKey, LogRecord[]>;
  readonly #committed = new Map<PartitionKey, bigint>();
  readonly #clock: () => number;
  readonly #bell = new Bell();
  #closed = false;

  constructor(options: MemoryLogOptions) {
    this.id = options.id ?? randomUUID();
    this.#clock = options.clock;
    const topics = options.topics.map((topic) => ({ ...topic, incarnation: incarnationOf(this.id, topic.name) }));
    this.#topics = new Map(topics.map((topic) => [topic.name, topic]));
    this.#records = new Map(topics.flatMap(keysOf).map((key) => [key, []]));
  }

  topics(): readonly TopicDescription[] {
    return [...this.#topics.values()];
  }

  async append(records: readonly NewRecord[]): Promise<readonly Position[]> {
    if (this.#closed) throw closed();
    const topics = records.map((record) => this.#topic(record.topic));
    const timestampMs = this.#clock();
    const positions = records.map((record, i) =>
      this.#take(record, topics[i] ?? this.#topic(record.topic), timestampMs),
    );
    this.#bell.ring();
    return positions;
  }

  subscribe(topics: readonly string[], from: PositionVector, signal: AbortSignal): AsyncIterable<LogBatch> {
    const keys = [...new Set(topics)].flatMap((topic) => keysOf(this.#topic(topic)));
    const sources = keys.map((key) => sourceOf(this.#partition(key), from.get(key) ?? 0n));
    return deliver({ sources, bell: this.#bell, signal, isClosed: () => this.#closed });
  }

  async ends(): Promise<ReadonlyMap<PartitionKey, bigint>> {
    return new Map([...this.#records].map(([key, records]) => [key, BigInt(records.length)]));
  }

  async starts(): Promise<ReadonlyMap<PartitionKey, bigint>> {
    return new Map([...this.#records.keys()].map((key) => [key, 0n]));
  }

  async commit(through: PositionVector): Promise<void> {
    for (const [key, offset] of through) this.#committed.set(key, offset);
  }

  async committed(): Promise<PositionVector> {
    return new Map(this.#committed);
  }

  async read(topic: string, partition: number, offsets: readonly bigint[]): Promise<readonly RecordReading[]> {
    const records = this.#partition(partitionKey(topic, partition));
    return offsets.map((offset) => {
      const record = records[Number(offset)];
      return record === undefined ? { kind: 'missing', why: 'beyond_end' } : { kind: 'found', record };
    });
  }

  async *scan(
    topic: string,
    partition: number,
    from: bigint,
    to: bigint,
  ): AsyncGenerator<readonly LogRecord[], void, void> {
    const records = this.#partition(partitionKey(topic, partition));
    const end = Math.min(records.length, Number(to));
    for (let next = Number(from); next < end; next += limits.sliceRecordsMax) {
      yield records.slice(next, Math.min(next + limits.sliceRecordsMax, end));
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#bell.ring();
  }

  #take(record: NewRecord, topic: TopicDescription, timestampMs: number): Position {
    const partition = record.key === null ? 0 : partitionOf(record.key, topic.partitions);
    const records = this.#partition(partitionKey(topic.name, partition));
    const offset = BigInt(records.length);
    const position = { topic: topic.name, incarnation: topic.incarnation, partition, leaderEpoch: 0, offset };
    const { key, value } = record;
    records.push({
      position,
      timestampMs,
      key: key && Uint8Array.from(key),
      headers: record.headers.map(([name, bytes]) => [name, Uint8Array.from(bytes)]),
      value: value && Uint8Array.from(value),
    });
    return position;
  }

  #topic(name: string): TopicDescription {
    const found = this.#topics.get(name);
    if (found === undefined) throw unknown(`topic "${name}"`);
    return found;
  }

  #partition(key: PartitionKey): LogRecord[] {
    const found = this.#records.get(key);
    if (found === undefined) throw unknown(`partition "${key}"`);
    return found;
  }
}

function sourceOf(records: readonly LogRecord[], from: bigint): BatchSource {
  let next = Number(from);
  return {
    async next() {
      const batch = records.slice(next, next + limits.sliceRecordsMax);
      const last = batch.at(-1)?.position;
      if (last === undefined) return undefined;
      next += batch.length;
      return { topic: last.topic, partition: last.partition, records: batch, nextOffset: BigInt(next) };
    },
  };
}

function keysOf(topic: TopicDescription): PartitionKey[] {
  return Array.from({ length: topic.partitions }, (_, partition) => partitionKey(topic.name, partition));
}

function incarnationOf(logId: string, topic: string): Incarnation {
  return { id: `${logId}/${topic}`, ordinal: 1 };
}

function unknown(what: string): TidemarkError {
  const message = `The log has no ${what}.`;
  return new TidemarkError({ code: 'request_invalid', message, advice: 'Use a topic of this log.', retriable: false });
}

function closed(): TidemarkError {
  const advice = 'Open another log.';
  return new TidemarkError({ code: 'stopping', message: 'The log is closed.', advice, retriable: true });
}
