/**
 * A log that others own and write too: Kafka. Read partition by partition from offsets that the caller keeps, never from where the log
 * thinks we are, and never reset. `connectors/file/journaled-log.ts` makes an `EventLog` of it and a journal.
 * Implementations: `connectors/kafka`, `connectors/memory` (tests). Contract: `remote.contract.ts`.
 */
import type { PartitionKey, Position, PositionVector } from '../domain/position.js';
import type { LogRecord, NewRecord } from './port.js';
import type { PartitionTrouble } from './trouble.js';

export interface RemoteTopic {
  readonly name: string;
  /** Identity of this making of the topic (Kafka: the topic id). */
  readonly incarnationId: string;
  readonly partitions: number;
}

/** Where reading a partition goes on. */
export interface ReadPoint {
  readonly topic: string;
  readonly incarnationId: string;
  readonly partition: number;
  readonly offset: bigint;
  /** Of the last record read before `offset`; null: nothing was. With it, an offset that has been given out again is told. */
  readonly leaderEpoch: number | null;
}

/** As the log holds it; which ordinal an incarnation has is the journal's to say. */
export type RemoteRecord = Omit<LogRecord, 'position'> & { readonly offset: bigint; readonly leaderEpoch: number };

export type RemoteNews =
  /**
   * Committed records in offset order, at most `limits.copiedRecordsMax`. Gaps are markers, aborted records and what compaction removed;
   * `records` may be empty when only `nextOffset` has moved over such.
   */
  | {
      readonly kind: 'records';
      readonly topic: string;
      readonly partition: number;
      readonly records: readonly RemoteRecord[];
      readonly nextOffset: bigint;
    }
  /** Nothing more of this partition comes from this reading. */
  | { readonly kind: 'trouble'; readonly partition: PartitionKey; readonly trouble: PartitionTrouble };

export interface RemoteMarks {
  /** The first kept offset. */
  readonly start: bigint;
  /** Readers of committed records come as far as this: the last stable offset. */
  readonly readableEnd: bigint;
  /** The next offset to be written: the high watermark. */
  readonly end: bigint;
  /** Of the leader that said so. A later one than before may lack what was read. */
  readonly leaderEpoch: number;
}

export interface RemoteLog {
  /** Identity of the cluster. */
  readonly id: string;

  /** As the log says now. A topic that it does not have is absent. Rejects when it cannot be reached. */
  describe(topics: readonly string[]): Promise<readonly RemoteTopic[]>;

  /**
   * Durable, acknowledged by all in-sync replicas, when it resolves; concurrent calls share requests. Records of one partition keep
   * their order. The partition follows from the key as Kafka's default partitioner has it. Rejects as `EventLog.append` does.
   */
  append(records: readonly NewRecord[]): Promise<readonly Omit<Position, 'incarnation' | 'leaderEpoch'>[]>;

  /** Of every partition of these topics, asked for now. Rejects when one cannot be had: no guess. */
  marks(topics: readonly RemoteTopic[]): Promise<ReadonlyMap<PartitionKey, RemoteMarks>>;

  /**
   * Where the history of a leader epoch ends in the log as it is now: the offset that follows its last record, or, when the log has
   * no such epoch, that of the largest one below it. Null: the log knows of none.
   */
  epochEnd(at: Omit<ReadPoint, 'offset' | 'leaderEpoch'>, leaderEpoch: number): Promise<EpochEnd | null>;

  /**
   * Everything from these points on, then what is new, until `signal` aborts: then it returns. Before a partition's first record its
   * point is held against the log (incarnation, epoch, first kept offset); what does not fit is told as a trouble and not read over.
   * What passes (an unreachable broker, a moving leader) is tried again inside, for as long as it takes, and told by `onRetry`.
   * At most one answer per broker is held ahead of the iteration.
   */
  follow(from: readonly ReadPoint[], signal: AbortSignal): AsyncIterable<RemoteNews>;

  /** Through these offsets the consumer has come; for the broker's own tools, under our group. Nothing resumes from it. */
  commit(through: PositionVector): Promise<void>;
  committed(topics: readonly RemoteTopic[]): Promise<PositionVector>;

  close(): Promise<void>;
}

export interface EpochEnd {
  readonly leaderEpoch: number;
  readonly end: bigint;
}
