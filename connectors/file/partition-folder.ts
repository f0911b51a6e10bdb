/**
 * The folder of one partition and what tells it apart from others. Beside segments (`<base>.seg`) it may hold, all of it
 * rebuilt or finished from the segments when need be: sidecars (`<base>.idx`), and once records have expired, `start`.
 */
import type { FileSystemPort } from './files.js';
import type { PartitionIdentity } from './segment-header.js';

export interface PartitionFolder {
  readonly files: FileSystemPort;
  readonly folder: string;
  readonly identity: PartitionIdentity;
}
