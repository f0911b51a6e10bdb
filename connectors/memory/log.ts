/** The event log of unit tests: everything in memory, nothing durable, the same contract. */
import { randomUUID } from 'node:crypto';
import { type LeaderEpochs, oneEpoch } from '../../src/domain/epochs.js';
import {
  type Incarnation,
  type PartitionKey,
  type Position,
  type PositionVector,
  partitionKey,
  splitPartitionKey,
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
import {
  type ExpiredRange,
  type ExpiringLog,
  type ExpiringRun,
  expiredRuns,
  faultOfRetention,
  isInstant,
  keepEverything,
  type Retention,
} from '../../src/log/retention.js';
import { noTroubles, type Troubles } from '../../src/log/trouble.js';
import { MemoryPartition } from './log-partition.js';

export interface MemoryTopic {
  readonly name: string;
  readonly partitions: number;
  /** Everything is kept unless told otherwise. Records go one by one, and their bytes are those of key, headers and value. */
  readonly retention?: Retention;
}

export interface MemoryLogOptions {
  /** Random unless given. */
  readonly id?: string;
  readonly topics: readonly MemoryTopic[];
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Where a record belongs whose partition its source has decided; undefined, or absent: where its key says. */
  readonly partitionOf?: (record: NewRecord) => number | undefined;
}

export class MemoryLog implements EventLog, RecordReader, ExpiringLog {
  readonly id: string;
  readonly #topics: ReadonlyMap<string, TopicDescription>;
  readonly #partitions: ReadonlyMap<PartitionKey, MemoryPartition>;
  readonly #retention: ReadonlyMap<string, Retention>;
  readonly #committed = new Map<PartitionKey, bigint>();
  readonly #taking: Pick<MemoryLogOptions, 'clock' | 'partitionOf'>;
  readonly #bell = new Bell();
  #closed = false;

  constructor(options: MemoryLogOptions) {
    this.id = options.id ?? randomUUID();
    this.#taking = options;
    const topics = options.topics.map(({ name, partitions }) => {
      return { name, partitions, incarnation: incarnationOf(this.id, name) };
    });
    this.#topics = new Map(topics.map((topic) => [topic.name, topic]));
    this.#partitions = new Map(topics.flatMap(keysOf).map((key) => [key, new MemoryPartition()]));
    this.#retention = new Map(options.topics.map((topic) => [topic.name, retentionOf(topic)]));
  }

  get troubles(): Troubles {
    return noTroubles;
  }

  get epochs(): LeaderEpochs {
    return oneEpoch;
  }

  topics(): readonly TopicDescription[] {
    return [...this.#topics.values()];
  }

  async append(records: readonly NewRecord[]): Promise<readonly Position[]> {
    if (this.#closed) throw closed();
    const topics = records.map((record) => this.#topic(record.topic));
    const timestampMs = this.#taking.clock();
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
    return new Map([...this.#partitions].map(([key, { end }]) => [key, BigInt(end)]));
  }

  async starts(): Promise<ReadonlyMap<PartitionKey, bigint>> {
    return new Map([...this.#partitions].map(([key, { start }]) => [key, BigInt(start)]));
  }

  async recordsThrough(through: PositionVector): Promise<ReadonlyMap<PartitionKey, bigint>> {
    return new Map([...through].map(([key, offset]) => [key, this.#partition(key).countThrough(offset)]));
  }

  async commit(through: PositionVector): Promise<void> {
    for (const [key, offset] of through) this.#committed.set(key, offset);
  }

  async committed(): Promise<PositionVector> {
    return new Map(this.#committed);
  }

  async read(topic: string, partition: number, offsets: readonly bigint[]): Promise<readonly RecordReading[]> {
    const of = this.#partition(partitionKey(topic, partition));
    return offsets.map((offset) => of.read(offset));
  }

  async *scan(
    topic: string,
    partition: number,
    from: bigint,
    to: bigint,
  ): AsyncGenerator<readonly LogRecord[], void, void> {
    const of = this.#partition(partitionKey(topic, partition));
    const end = Math.min(of.end, Number(to));
    for (let next = Math.max(of.start, Number(from)); next < end; next += limits.sliceRecordsMax) {
      if (of.start > next) throw expiredUnderWay();
      yield of.slice(next, Math.min(next + limits.sliceRecordsMax, end));
    }
  }

  async expire(upTo: PositionVector, nowMs: number): Promise<readonly ExpiredRange[]> {
    if (this.#closed) throw closed();
    if (!isInstant(nowMs))
      throw invalid('Records cannot expire at a time that is none.', 'Pass milliseconds since 1970.');
    return [...this.#partitions].flatMap(([key, of]) => {
      const { topic, partition } = splitPartitionKey(key);
      const retention = this.#retention.get(topic) ?? keepEverything;
      if (retention === keepEverything) return [];
      const bounds = { retention, upTo: upTo.get(key), nowMs };
      const from = BigInt(of.start);
      of.drop(expiredRuns(of.records.map(runOf), bounds));
      const to = BigInt(of.start);
      return to > from ? [{ topic, partition, from, to }] : [];
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#bell.ring();
  }

  #take(record: NewRecord, topic: TopicDescription, timestampMs: number): Position {
    const byKey = record.key === null ? 0 : partitionOf(record.key, topic.partitions);
    const partition = this.#taking.partitionOf?.(record) ?? byKey;
    const of = this.#partition(partitionKey(topic.name, partition));
    const offset = BigInt(of.end);
    const position = { topic: topic.name, incarnation: topic.incarnation, partition, leaderEpoch: 0, offset };
    const { key, value } = record;
    of.push({
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

  #partition(key: PartitionKey): MemoryPartition {
    const found = this.#partitions.get(key);
    if (found === undefined) throw unknown(`partition "${key}"`);
    return found;
  }
}

function sourceOf(of: MemoryPartition, from: bigint): BatchSource {
  let next = Number(from);
  return {
    async next() {
      next = Math.max(next, of.start);
      const batch = of.slice(next, next + limits.sliceRecordsMax);
      const last = batch.at(-1)?.position;
      if (last === undefined) return undefined;
      next += batch.length;
      return { topic: last.topic, partition: last.partition, records: batch, nextOffset: BigInt(next) };
    },
  };
}

function retentionOf({ name, retention = keepEverything }: MemoryTopic): Retention {
  const fault = faultOfRetention(retention);
  if (fault === undefined) return retention;
  const advice = 'Change the topics of the log in the configuration.';
  throw new TidemarkError({
    code: 'config_invalid',
    message: `The topic "${name}" ${fault}.`,
    advice,
    retriable: false,
  });
}

function runOf({ position, timestampMs, key, headers, value }: LogRecord): ExpiringRun {
  const ofHeaders = headers.reduce((sum, [name, bytes]) => sum + Buffer.byteLength(name) + bytes.length, 0);
  const bytes = (key?.length ?? 0) + ofHeaders + (value?.length ?? 0);
  return { bytes, end: position.offset + 1n, newestMs: timestampMs };
}

function keysOf(topic: TopicDescription): PartitionKey[] {
  return Array.from({ length: topic.partitions }, (_, partition) => partitionKey(topic.name, partition));
}

function incarnationOf(logId: string, topic: string): Incarnation {
  return { id: `${logId}/${topic}`, ordinal: 1 };
}

function unknown(what: string): TidemarkError {
  return invalid(`The log has no ${what}.`, 'Use a topic of this log.');
}

function invalid(message: string, advice: string): TidemarkError {
  return new TidemarkError({ code: 'request_invalid', message, advice, retriable: false });
}

function expiredUnderWay(): TidemarkError {
  const advice = 'Read again from the first kept record.';
  const message = 'Records have expired while they were being read.';
  return new TidemarkError({ code: 'past_lost', message, advice, retriable: false, facts: { reason: 'expired' } });
}

function closed(): TidemarkError {
  const advice = 'Open another log.';
  return new TidemarkError({ code: 'stopping', message: 'The log is closed.', advice, retriable: true });
}
