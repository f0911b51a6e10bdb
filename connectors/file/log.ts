/** The embedded log: partitions of framed records in a folder, written by one process. It is its own journal. */
import type { LeaderEpochs } from '../../src/domain/epochs.js';
import type { PartitionKey, Position, PositionVector } from '../../src/domain/position.js';
import { partitionKey } from '../../src/domain/position.js';
import { limits } from '../../src/limits.js';
import { Bell, deliver } from '../../src/log/delivery.js';
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
import type { ExpiredRange, ExpiringLog } from '../../src/log/retention.js';
import { noTroubles } from '../../src/log/trouble.js';
import { admittedBytes } from './admission.js';
import { logClosed, refused } from './damage.js';
import { type Addressed, GroupCommit } from './group-commit.js';
import { type FileLogOptions, type LogParts, openLogParts } from './log-parts.js';
import { PartitionCursor } from './partition-cursor.js';
import { unknownTopic } from './partition-set.js';

export type { FileLogOptions } from './log-parts.js';
export type { FileLogReport } from './prepare.js';

export class FileLog implements EventLog, RecordReader, ExpiringLog {
  readonly id: string;
  readonly epochs: LeaderEpochs;
  readonly troubles = noTroubles;
  readonly #parts: LogParts;
  readonly #bell = new Bell();
  readonly #commits = new GroupCommit(() => this.#bell.ring());
  #closing: Promise<void> | undefined;
  #closed = false;

  private constructor(parts: LogParts) {
    this.id = parts.id;
    this.epochs = parts.epochs;
    this.#parts = parts;
  }

  /**
   * Takes the folder's lock, makes what is missing, checks every record of each partition's last segment and of those without a
   * sidecar, cuts an unfinished write off the end. Rejects with `config_invalid`, `log_locked` or `log_damaged`; then nothing is
   * held. Damage in a segment that has its sidecar is found by the first read of that place, or by a reader, which checks all.
   */
  static async open(options: FileLogOptions): Promise<FileLog> {
    return new FileLog(await openLogParts(options));
  }

  topics(): readonly TopicDescription[] {
    return this.#parts.partitions.topics();
  }

  /** Bytes are copied before this returns, so the caller may reuse its buffers at once. A null key goes to partition 0. */
  async append(records: readonly NewRecord[]): Promise<readonly Position[]> {
    if (this.#closing !== undefined) throw logClosed();
    if (records.length === 0) return [];
    const timestampMs = this.#parts.clock();
    const arrivals = records.map((record) => this.#address(record, timestampMs));
    const bytes = arrivals.reduce((sum, arrival) => sum + arrival.bytes, 0);
    if (arrivals.length > limits.appendQueueMax || bytes > limits.appendQueueBytesMax) {
      const message = 'One append has more records or bytes than the log takes at once.';
      throw refused('request_too_large', { message, advice: 'Append in smaller batches.' });
    }
    return this.#commits.append(arrivals);
  }

  subscribe(topics: readonly string[], from: PositionVector, signal: AbortSignal): AsyncIterable<LogBatch> {
    const partitions = [...new Set(topics)].flatMap((topic) => this.#parts.partitions.ofTopic(topic));
    const sources = partitions.map((partition) => {
      const { topic, partition: number } = partition.identity;
      return new PartitionCursor(partition, from.get(partitionKey(topic, number)) ?? partition.start);
    });
    return deliver({ sources, bell: this.#bell, signal, isClosed: () => this.#closed });
  }

  async ends(): Promise<ReadonlyMap<PartitionKey, bigint>> {
    return this.#parts.partitions.ends();
  }

  async starts(): Promise<ReadonlyMap<PartitionKey, bigint>> {
    return this.#parts.partitions.starts();
  }

  recordsThrough(through: PositionVector): Promise<ReadonlyMap<PartitionKey, bigint>> {
    return this.#parts.partitions.recordsThrough(through);
  }

  async commit(through: PositionVector): Promise<void> {
    if (this.#closing !== undefined) throw logClosed();
    await this.#parts.committed.commit(through);
  }

  async committed(): Promise<PositionVector> {
    return this.#parts.committed.through;
  }

  read(topic: string, partition: number, offsets: readonly bigint[]): Promise<readonly RecordReading[]> {
    return this.#parts.partitions.read(topic, partition, offsets);
  }

  scan(topic: string, partition: number, from: bigint, to: bigint): AsyncIterable<readonly LogRecord[]> {
    return this.#parts.partitions.scan(topic, partition, from, to);
  }

  async expire(upTo: PositionVector, nowMs: number): Promise<readonly ExpiredRange[]> {
    if (this.#closing !== undefined) throw logClosed();
    return this.#parts.expiry.expire(upTo, nowMs);
  }

  /** Writes into the lock where the server answers, so that commands find it. */
  announce(url: string): Promise<void> {
    return this.#parts.lock.announce(url);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { committed, writers, sidecars, expiry, closeHandles, lock, epochs, partitions } = this.#parts;
    await this.#commits.drained();
    await Promise.all([committed.drained(), expiry.drained(), sidecars.drained()]);
    this.#closed = true;
    this.#bell.ring();
    await Promise.all([...writers.values()].flat().map((writer) => writer.close()));
    await closeHandles();
    await epochs.closed(partitions.ends());
    await lock.release();
  }

  #address(record: NewRecord, timestampMs: number): Addressed {
    const writers = this.#parts.writers.get(record.topic) ?? [];
    const writer = writers[record.key === null ? 0 : partitionOf(record.key, writers.length)];
    if (writer === undefined) throw unknownTopic(record.topic);
    return { writer, record, bytes: admittedBytes(record), timestampMs };
  }
}
