/**
 * A log whose readers lag: a record is in it, and counts as its end, from the moment it is appended, and is delivered to who folds it
 * some time later. Topics that the service itself writes do not lag.
 */
import {
  type PartitionKey,
  type Position,
  type PositionVector,
  partitionKey,
  positionText,
  splitPartitionKey,
} from '../../src/domain/position.js';
import { limits } from '../../src/limits.js';
import { type BatchSource, Bell, deliver } from '../../src/log/delivery.js';
import type { EventLog, LogBatch, NewRecord, RecordReader } from '../../src/log/port.js';

interface Waiting {
  readonly partition: PartitionKey;
  readonly end: bigint;
  readonly dueMs: number;
}

export interface LaggingLogParts {
  readonly log: EventLog & RecordReader;
  /** Of the topics that lag. */
  readonly topics: ReadonlySet<string>;
  readonly lagMs: number;
  /** Milliseconds since 1970; never goes back. */
  readonly nowMs: () => number;
}

export class LaggingLog implements EventLog, RecordReader {
  readonly #parts: LaggingLogParts;
  readonly #bell = new Bell();
  /** In the order of their arrival, which is that in which they are due. */
  readonly #waiting: Waiting[] = [];
  readonly #shown = new Map<PartitionKey, bigint>();
  readonly #arrivedAtMs = new Map<string, number>();

  constructor(parts: LaggingLogParts) {
    this.#parts = parts;
  }

  get id() {
    return this.#parts.log.id;
  }

  get epochs() {
    return this.#parts.log.epochs;
  }

  get troubles() {
    return this.#parts.log.troubles;
  }

  /** When the next record becomes visible; undefined: all are. */
  get nextDueMs(): number | undefined {
    return this.#waiting[0]?.dueMs;
  }

  /** Records that are not visible yet. */
  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Makes visible what is due. */
  show(): void {
    const nowMs = this.#parts.nowMs();
    const later = this.#waiting.findIndex(({ dueMs }) => dueMs > nowMs);
    const due = this.#waiting.splice(0, later === -1 ? this.#waiting.length : later);
    for (const { partition, end } of due) this.#shown.set(partition, end);
    if (due.length > 0) this.#bell.ring();
  }

  /** Where the visible records end; of a topic that does not lag, where all end. */
  async shownEnds(): Promise<ReadonlyMap<PartitionKey, bigint>> {
    return new Map([...(await this.ends())].map(([partition, end]) => [partition, this.#endOf(partition) ?? end]));
  }

  /** When it was appended, milliseconds since 1970. Undefined: not to a topic that lags. */
  arrivedAtMs(position: Position): number | undefined {
    return this.#arrivedAtMs.get(positionText(position));
  }

  topics() {
    return this.#parts.log.topics();
  }

  async append(records: readonly NewRecord[]): Promise<readonly Position[]> {
    const nowMs = this.#parts.nowMs();
    const positions = await this.#parts.log.append(records);
    for (const position of positions) {
      if (!this.#parts.topics.has(position.topic)) continue;
      const partition = partitionKey(position.topic, position.partition);
      this.#waiting.push({ partition, end: position.offset + 1n, dueMs: nowMs + this.#parts.lagMs });
      this.#arrivedAtMs.set(positionText(position), nowMs);
    }
    this.#bell.ring();
    return positions;
  }

  subscribe(topics: readonly string[], from: PositionVector, signal: AbortSignal): AsyncIterable<LogBatch> {
    const described = this.topics().filter(({ name }) => topics.includes(name));
    const keys = described.flatMap(({ name, partitions }) =>
      Array.from({ length: partitions }, (_, partition) => partitionKey(name, partition)),
    );
    const sources = keys.map((key) => this.#sourceOf(key, from.get(key) ?? 0n));
    return deliver({ sources, bell: this.#bell, signal, isClosed: () => false });
  }

  ends() {
    return this.#parts.log.ends();
  }

  starts() {
    return this.#parts.log.starts();
  }

  recordsThrough(through: PositionVector) {
    return this.#parts.log.recordsThrough(through);
  }

  commit(through: PositionVector) {
    return this.#parts.log.commit(through);
  }

  committed() {
    return this.#parts.log.committed();
  }

  read(topic: string, partition: number, offsets: readonly bigint[]) {
    return this.#parts.log.read(topic, partition, offsets);
  }

  scan(topic: string, partition: number, from: bigint, to: bigint) {
    return this.#parts.log.scan(topic, partition, from, to);
  }

  close() {
    return this.#parts.log.close();
  }

  /** Undefined: it does not lag. */
  #endOf(partition: PartitionKey): bigint | undefined {
    if (!this.#parts.topics.has(splitPartitionKey(partition).topic)) return undefined;
    return this.#shown.get(partition) ?? 0n;
  }

  #sourceOf(key: PartitionKey, from: bigint): BatchSource {
    const { topic, partition } = splitPartitionKey(key);
    let next = from;
    return {
      next: async () => {
        const end = this.#endOf(key) ?? (await this.ends()).get(key) ?? 0n;
        const slice = next + BigInt(limits.sliceRecordsMax);
        if (next >= end) return undefined;
        const records = [];
        for await (const some of this.scan(topic, partition, next, slice < end ? slice : end)) records.push(...some);
        next = slice < end ? slice : end;
        return { topic, partition, records, nextOffset: next };
      },
    };
  }
}
