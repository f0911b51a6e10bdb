/**
 * Where sealed segments of a journal are kept beside the folder they were written in, so that the loss of a disk loses little and
 * another machine can replay. Implementations: `connectors/s3`, `connectors/memory` (tests). Contract: `archive.contract.ts`.
 */

/** One segment. Its bytes are the file as it was sealed, header included. */
export interface SegmentName {
  readonly logId: string;
  readonly topic: string;
  readonly incarnationId: string;
  readonly partition: number;
  readonly baseOffset: bigint;
  /**
   * Of a segment beside one of an older owner that begins at the same offset with another history: the owner epoch it was stored under.
   * Absent: the first that was stored there.
   */
  readonly ownerEpoch?: number;
}

export interface ArchivedSegment extends SegmentName {
  readonly bytes: number;
}

export interface JournalArchive {
  /**
   * Stores what is not there yet: of several who try at once exactly one succeeds (a conditional put, RFC 9110 `If-None-Match: *`).
   * `same`: these very bytes are there. `taken`: others are, and they stay. Rejects with `unreachable` when the store cannot be asked.
   */
  put(name: SegmentName, content: Uint8Array): Promise<'stored' | 'same' | 'taken'>;
  /** Of one log, in the order of topic, partition, base offset and owner epoch. */
  list(logId: string): Promise<readonly ArchivedSegment[]>;
  /** Rejects with `log_damaged` when it is not there or shorter than listed. */
  get(segment: ArchivedSegment): Promise<Uint8Array>;
  /**
   * Claims the next owner epoch of a log, above every one claimed before; of several who claim at once each gets its own. Whoever
   * holds an older one writes nothing more.
   */
  claim(logId: string): Promise<number>;
  /** The newest epoch claimed; 0: none. */
  newestOwner(logId: string): Promise<number>;
  close(): Promise<void>;
}
