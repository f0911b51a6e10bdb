/** What a log of others with a journal is opened with, and what it tells of. */
import type { Clock } from '../../src/domain/clock.js';
import type { PartitionKey } from '../../src/domain/position.js';
import type { RemoteLog } from '../../src/log/remote-port.js';
import type { Retention } from '../../src/log/retention.js';
import type { PartitionTrouble } from '../../src/log/trouble.js';
import type { FileSystemPort } from './files.js';
import type { JournalReport } from './journal-types.js';
import type { JournalOutlet } from './journaled-log-outlet.js';

export interface JournaledLogOptions {
  /** Closed with the log, or when opening it fails. */
  readonly remote: RemoteLog;
  /** Of the journal. */
  readonly folder: string;
  /** All that are copied. Retention is that of the copy. */
  readonly topics: readonly { readonly name: string; readonly retention: Retention }[];
  /** Of those: copied as far as they can be read before `open` resolves. */
  readonly ownTopics: readonly string[];
  readonly clock: Clock;
  /** Ends the opening. */
  readonly signal?: AbortSignal;
  readonly onReport: (report: JournaledLogReport) => void;
  /** Called after each batch, with the records copied since the opening began: `open` may copy many. */
  readonly onProgress?: (recordsCopied: number) => void;
  /** Tests put faults here. */
  readonly files?: FileSystemPort;
  readonly segmentBytesMax?: number;
  readonly rollAfterMs?: number;
  /** Absent: segments stay where they are. */
  readonly outlet?: JournalOutlet;
}

interface OfPartition {
  readonly partition: PartitionKey;
  readonly trouble: PartitionTrouble;
}

export type JournaledLogReport =
  | JournalReport
  | (OfPartition & { readonly kind: 'trouble_began' | 'trouble_ended' })
  /** What an operator accepted was done, or was not because something else is the case by now. */
  | (OfPartition & { readonly kind: 'acceptance_carried_out' | 'acceptance_outdated' })
  /** Nothing had been copied and the log begins later than at 0: what its first records rested on is not known here. */
  | { readonly kind: 'copy_begun_late'; readonly partition: PartitionKey; readonly from: bigint }
  /** The record is larger than a journal holds: what is kept of it is too large for an event as well, and is rejected as that. */
  | { readonly kind: 'record_cut'; readonly partition: PartitionKey; readonly offset: bigint }
  /** The opening waits until the own topics have been copied; told again for as long as it does. Offsets may be of no record. */
  | { readonly kind: 'waiting_for_log'; readonly partitions: number; readonly offsets: bigint }
  /** Copying or syncing failed and is tried again, told once for as long as it fails; the cause says whether that can help. */
  | { readonly kind: 'copying_failed' | 'sync_failed'; readonly cause: unknown };
