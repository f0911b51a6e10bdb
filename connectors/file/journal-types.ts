/** What a journal is opened with, and what it tells of. */
import type { Incarnation, PartitionKey } from '../../src/domain/position.js';
import type { Retention } from '../../src/log/retention.js';
import type { FileSystemPort } from './files.js';
import type { FileLogReport } from './prepare.js';

export interface JournalTopic {
  readonly name: string;
  readonly incarnation: Incarnation;
  readonly partitions: number;
  readonly retention: Retention;
}

/** A segment that is written to no more. Its file is whole and on the disk. */
export interface SealedSegment {
  readonly topic: string;
  readonly incarnation: Incarnation;
  readonly partition: number;
  readonly baseOffset: bigint;
  /** The offset after its last record, and the base of the segment that follows it. */
  readonly end: bigint;
  /** Of the owner that wrote it. */
  readonly ownerEpoch: number;
  readonly path: string;
  readonly bytes: number;
}

export type JournalReport =
  | Exclude<FileLogReport, { readonly kind: 'committed_unreadable' }>
  /** Records that had been synced are not there: a disk that lost them, or a file put back. They are copied again. */
  | { readonly kind: 'tail_missing'; readonly partition: PartitionKey; readonly from: bigint; readonly to: bigint }
  /** `marks.json` made no sense: copying goes on after the last record of each partition. */
  | { readonly kind: 'marks_unreadable' };

export interface FileJournalOptions {
  readonly folder: string;
  /** Of the log that is copied. */
  readonly id: string;
  /** Topics that are new are made; those the folder has beyond these stay and are served. */
  readonly topics: readonly JournalTopic[];
  /** Milliseconds since 1970, for the ages of segments. */
  readonly clock: () => number;
  readonly onReport: (report: JournalReport) => void;
  /** Tests put faults here. */
  readonly files?: FileSystemPort;
  readonly segmentBytesMax?: number;
  /** A segment is closed so many milliseconds after its first record, so that shipping it need not wait until it is full. */
  readonly rollAfterMs?: number;
  readonly onSealed?: (segment: SealedSegment) => void;
}
