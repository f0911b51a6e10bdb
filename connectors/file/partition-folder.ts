/**
 * The folder of one partition and what tells it apart from others. Beside segments (`<base>.seg`) it may hold, all of it
 * rebuilt or finished from the segments when need be: sidecars (`<base>.idx`), and once records have expired, `start`.
 */
import type { FileSystemPort } from './files.js';
import type { PartitionIdentity } from './segment-header.js';

/**
 * Offsets of own records follow each other without a gap: the embedded log writes none, so a gap is a lost record. Those of copied
 * ones rise, with the gaps that they came with, and segments have the epochs of those who copied them.
 */
export type Origin =
  | { readonly kind: 'own' }
  /** `syncedEnd`: records from there on may never have reached the disk, whatever follows them. */
  | { readonly kind: 'copied'; readonly syncedEnd: bigint };

export interface PartitionFolder {
  readonly files: FileSystemPort;
  readonly folder: string;
  readonly identity: PartitionIdentity;
  readonly origin: Origin;
}
