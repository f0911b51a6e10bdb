/**
 * The journal of a log that others own: a framed copy of its records, in segments as those of the embedded log, that outlives what
 * the log keeps. Records keep the offsets, leader epochs and timestamps they came with; offsets may have gaps, and a partition may
 * begin at any offset. The log still has what was copied last, so nothing is synced but by `sync`.
 */
import { type EpochStart, EpochTable } from '../../src/domain/epoch-table.js';
import { type PartitionKey, type PositionVector, partitionKey } from '../../src/domain/position.js';
import { Bell, deliver } from '../../src/log/delivery.js';
import type { LogBatch, LogRecord, RecordReader, RecordReading, TopicDescription } from '../../src/log/port.js';
import type { ExpiredRange, ExpiringLog } from '../../src/log/retention.js';
import { Turns } from '../../src/log/turns.js';
import { logClosed, refused } from './damage.js';
import type { LastRecord } from './journal-epochs.js';
import { writeMarks } from './journal-marks.js';
import { type JournalParts, openJournalParts, sealedSegment } from './journal-parts.js';
import type { FileJournalOptions, SealedSegment } from './journal-types.js';
import type { JournalWriter } from './journal-writer.js';
import { PartitionCursor } from './partition-cursor.js';

export type { FileJournalOptions, JournalReport, JournalTopic, SealedSegment } from './journal-types.js';

export class FileJournal implements RecordReader, ExpiringLog {
  /** Of the log that is copied. */
  readonly id: string;
  /** One above that of whoever opened the folder before. */
  readonly ownerEpoch: number;
  readonly #options: FileJournalOptions;
  readonly #parts: JournalParts;
  readonly #bell = new Bell();
  readonly #syncs = new Turns();
  #closing: Promise<void> | undefined;
  #closed = false;

  private constructor(options: FileJournalOptions, parts: JournalParts) {
    this.id = parts.manifest.id;
    this.ownerEpoch = parts.manifest.ownerEpoch;
    this.#options = options;
    this.#parts = parts;
  }

  /**
   * Takes the folder's lock, makes topics that are new, cuts torn ends off. Rejects with `log_locked`, with `log_damaged`, and with
   * `config_invalid` for a folder of another log or of an embedded one, and for a topic whose id or partitions are not those that the
   * journal has; then nothing is held.
   */
  static async open(options: FileJournalOptions): Promise<FileJournal> {
    return new FileJournal(options, await openJournalParts(options));
  }

  /** Of this copy of the log. */
  get copyId(): string {
    return this.#parts.manifest.copyId;
  }

  topics(): readonly TopicDescription[] {
    return this.#parts.partitions.topics();
  }

  /** The first kept offset per partition. */
  starts(): ReadonlyMap<PartitionKey, bigint> {
    return this.#parts.partitions.starts();
  }

  /** Where copying goes on per partition: after the last record, or after what followed it and left none. 0: nothing was copied yet. */
  ends(): ReadonlyMap<PartitionKey, bigint> {
    return this.#parts.partitions.ends();
  }

  /** As `EventLog.recordsThrough`: of what was copied, those that have expired included. */
  recordsThrough(through: PositionVector): Promise<ReadonlyMap<PartitionKey, bigint>> {
    return this.#parts.partitions.recordsThrough(through);
  }

  /** Records of the partition that were copied, those that have expired included. */
  recordCount(partition: PartitionKey): bigint {
    return this.#writer(partition).partition.recordCount;
  }

  /** The last kept record; undefined when there is none. */
  lastOf(partition: PartitionKey): LastRecord | undefined {
    return this.#parts.epochs.get(partition)?.last;
  }

  /** Each leader epoch of records kept when the journal was opened or copied since, with the first of them, oldest first. */
  epochStarts(partition: PartitionKey): readonly EpochStart[] {
    return this.#parts.epochs.get(partition)?.table.starts ?? [];
  }

  /** Segments that are written to no more, in the order of their offsets per partition. */
  sealed(): readonly SealedSegment[] {
    return [...this.#parts.writers.values()].flatMap(({ partition }) =>
      partition.segments.slice(0, -1).map((segment) => sealedSegment(partition, segment)),
    );
  }

  /**
   * Readers see the batch when it resolves; it is on the disk after the next `sync`. A batch without records moves the end alone. Bytes
   * are copied before this returns to its caller. Rejects with `request_invalid` when the batch is not what follows the end, with
   * `request_too_large` for a record that no frame holds, with `log_failed` when the disk refuses: retriable, and then nothing of
   * the batch is there.
   */
  async append(batch: LogBatch): Promise<void> {
    const key = partitionKey(batch.topic, batch.partition);
    await this.#writer(key).append(batch);
    this.#noteEpochs(key, batch.records);
    this.#bell.ring();
  }

  /**
   * The log has nothing before `start`: a partition of which nothing was copied yet begins there, and readers are told as of a gap. Without
   * it one begins at 0, whatever its first record: markers and aborted records have been before it. Rejects with `log_failed`.
   */
  async begin(partition: PartitionKey, start: bigint): Promise<void> {
    await this.#writer(partition).begin(start);
  }

  /** Everything appended before is on the disk when it resolves; appends go on beside it. Rejects with `log_failed`. */
  sync(): Promise<void> {
    return this.#syncs.take(async () => {
      const due = [...this.#parts.writers.values()].filter((writer) => !writer.isSynced);
      if (due.length === 0) return;
      await Promise.all(due.map((writer) => writer.sync()));
      const marks = new Map([...this.#parts.writers].map(([key, { mark }]) => [key, mark]));
      await writeMarks(this.#parts.files, this.#options.folder, marks);
    });
  }

  /** Closes every segment that is older than `rollAfterMs` or was left open by an earlier owner. */
  async sealAged(): Promise<void> {
    if (this.#closing !== undefined) throw logClosed();
    await Promise.all([...this.#parts.writers.values()].map((writer) => writer.sealAged()));
  }

  /** Closes every segment that holds anything, whatever its age: for the last call before `close`. */
  async sealAll(): Promise<void> {
    if (this.#closing !== undefined) throw logClosed();
    await Promise.all([...this.#parts.writers.values()].map((writer) => writer.seal()));
  }

  /** As `EventLog.subscribe`, from what was copied; delivers a batch without records where the end alone has moved. */
  subscribe(topics: readonly string[], from: PositionVector, signal: AbortSignal): AsyncIterable<LogBatch> {
    const partitions = [...new Set(topics)].flatMap((topic) => this.#parts.partitions.ofTopic(topic));
    const sources = partitions.map((partition) => {
      const { topic, partition: number } = partition.identity;
      return new PartitionCursor(partition, from.get(partitionKey(topic, number)) ?? 0n);
    });
    return deliver({ sources, bell: this.#bell, signal, isClosed: () => this.#closed });
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

  /** Ends subscriptions, syncs what was appended, releases the folder. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { writers, sidecars, expiry, handles, open, lock } = this.#parts;
    // What cannot be synced is copied again.
    await this.sync().catch(() => undefined);
    await Promise.all([...writers.values()].map((writer) => writer.drained()));
    await expiry.drained();
    await sidecars.drained();
    this.#closed = true;
    this.#bell.ring();
    await Promise.all([handles.close(), open.close()]);
    await lock.release();
  }

  #writer(key: PartitionKey): JournalWriter {
    if (this.#closing !== undefined) throw logClosed();
    const writer = this.#parts.writers.get(key);
    if (writer !== undefined) return writer;
    const message = `The journal has no partition "${key}".`;
    throw refused('request_invalid', { message, advice: 'Use one of the topics of the configuration.' });
  }

  #noteEpochs(key: PartitionKey, records: readonly LogRecord[]): void {
    const last = records.at(-1)?.position;
    if (last === undefined) return;
    let table = this.#parts.epochs.get(key)?.table ?? new EpochTable([]);
    for (const { position } of records) {
      const isNew = table.starts.length === 0 || position.leaderEpoch > table.newest;
      if (isNew) table = table.begin(position.leaderEpoch, position.offset);
    }
    this.#parts.epochs.set(key, { table, last: { offset: last.offset, leaderEpoch: last.leaderEpoch } });
  }
}
