/**
 * The event log: partitioned, append-only, one order per partition. Implementations: `connectors/file` (embedded,
 * and the journal of a log of others, `remote-port.ts`), `connectors/memory` (tests). Contract: `contract.ts` beside this file.
 */
import type { LeaderEpochs } from '../domain/epochs.js';
import type { Incarnation, PartitionKey, Position, PositionVector } from '../domain/position.js';
import type { Troubles } from './trouble.js';

/** Name and raw value; names may repeat, the last one counts. */
export type RecordHeader = readonly [name: string, value: Uint8Array];

/** One record as the log holds it. Nothing here has been interpreted. */
export interface LogRecord {
  readonly position: Position;
  /** When the log took it, milliseconds since 1970. Never used to order or to judge freshness. */
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
  /** Null is a tombstone for the key. */
  readonly value: Uint8Array | null;
}

export interface NewRecord {
  readonly topic: string;
  readonly key: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
  readonly value: Uint8Array | null;
}

export interface TopicDescription {
  readonly name: string;
  readonly incarnation: Incarnation;
  readonly partitions: number;
}

/** Records of one partition in offset order. Offsets may have gaps (transaction markers, compaction). */
export interface LogBatch {
  readonly topic: string;
  readonly partition: number;
  /** May be empty: then only `nextOffset` has moved, over records nobody may see. */
  readonly records: readonly LogRecord[];
  /** Where reading goes on; everything before it has been delivered or can never be. */
  readonly nextOffset: bigint;
}

/** What `read` found at one offset. `missing` says why nothing is there. */
export type RecordReading =
  | { readonly kind: 'found'; readonly record: LogRecord }
  | { readonly kind: 'missing'; readonly why: 'expired' | 'compacted' | 'truncated' | 'beyond_end' };

export interface EventLog {
  /** Identity of the whole log (a cluster id). Positions and tokens of another log mean nothing here. */
  readonly id: string;

  /** Of a copy of a log that others own: which copy. One that was lost and begun again is another, and may begin elsewhere. */
  readonly copyId?: string;

  /**
   * The leader epochs of its partitions, as last known. The epoch is raised before anything is appended after an end at which
   * acknowledged records may have been lost, so offsets that are given out again are told apart by it.
   */
  readonly epochs: LeaderEpochs;

  /** What keeps partitions from their ends, as last known. A log that has its records to itself has none. */
  readonly troubles: Troubles;

  topics(): readonly TopicDescription[];

  /**
   * Durable when it resolves: the records are on disk (or acknowledged by all in-sync replicas). Records of one partition keep
   * their order; there is no atomicity across partitions. The partition follows from the key (`partitioner.ts`).
   * Throws `overloaded` when too much is queued, `log_failed` when the disk or the broker refuses: then nothing was acknowledged,
   * though some records may have been written.
   */
  append(records: readonly NewRecord[]): Promise<readonly Position[]>;

  /**
   * Delivers every record at or after `from` (a partition that is absent starts at its first kept record), then waits for new
   * ones, until `signal` aborts: then it returns. Batches of different partitions interleave in any order. At most
   * `limits.sliceRecordsMax` records per batch. Backpressure is the consumer's: nothing is fetched ahead of the iteration
   * beyond one batch per partition.
   */
  subscribe(topics: readonly string[], from: PositionVector, signal: AbortSignal): AsyncIterable<LogBatch>;

  /** The next offset to be written per partition, asked for now. Rejects when the log cannot be reached: no guess. */
  ends(): Promise<ReadonlyMap<PartitionKey, bigint>>;

  /** The first kept offset per partition. */
  starts(): Promise<ReadonlyMap<PartitionKey, bigint>>;

  /**
   * How many records the log has given out of each partition at or below the offset, those that have expired since included: offsets
   * may have gaps and do not tell. Of a log that is a copy, those that were copied. For offsets before the first kept record it
   * may be too many, by as many as have expired. Who folds records counts them too, and the two must agree (P1).
   * Rejects with `log_damaged` when what has to be read for it is.
   */
  recordsThrough(through: PositionVector): Promise<ReadonlyMap<PartitionKey, bigint>>;

  /**
   * What readers have been shown is on the disk for good when it resolves. Rejects with `log_failed`. Absent: it always is; only a copy
   * shows records before, which it can read again.
   */
  settle?(): Promise<void>;

  /** Remembers how far a consumer has come. A hint for operators; resuming relies on the stores' own checkpoints. */
  commit(through: PositionVector): Promise<void>;
  committed(): Promise<PositionVector>;

  /** Ends subscriptions, waits for queued appends, releases the folder or the connections. */
  close(): Promise<void>;
}

/**
 * Random access to kept records: the reading half of the journal. The embedded log is its own journal; with Kafka the journal
 * is a second, framed copy that outlives the topic's retention.
 */
export interface RecordReader {
  /** In the order asked for. */
  read(topic: string, partition: number, offsets: readonly bigint[]): Promise<readonly RecordReading[]>;
  /**
   * Every kept record of a partition from `from` up to but not at `to`, in order. Rejects with `past_lost` when some that were
   * kept at the beginning expire before their turn comes.
   */
  scan(topic: string, partition: number, from: bigint, to: bigint): AsyncIterable<readonly LogRecord[]>;
}
