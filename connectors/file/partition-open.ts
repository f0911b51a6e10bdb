/** Finds, checks and orders the segments of one partition. Nothing is changed on the disk here. */
import { join } from 'node:path';
import { damagedAt, damagedFile } from './damage.js';
import type { FileSystemPort } from './files.js';
import type { ReadHandles } from './handles.js';
import { Partition } from './partition.js';
import type { Segment } from './segment.js';
import { baseOffsetOf, type PartitionIdentity, segmentName } from './segment-header.js';
import { scanSegment, type TornEnd } from './segment-scan.js';

export interface OpenedPartition {
  readonly partition: Partition;
  readonly torn: TornEnd | undefined;
}

export interface PartitionFolder {
  readonly files: FileSystemPort;
  readonly folder: string;
  readonly identity: PartitionIdentity;
}

/** Rejects with `log_damaged` when a segment is missing, foreign, or unreadable anywhere but at the partition's very end. */
export async function openPartition(from: PartitionFolder, handles: ReadHandles): Promise<OpenedPartition> {
  const { files, folder, identity } = from;
  const bases = (await files.list(folder)).map(baseOffsetOf).filter((base) => base !== undefined);
  bases.sort((a, b) => (a < b ? -1 : 1));
  const segments: Segment[] = [];
  let torn: TornEnd | undefined;
  for (const baseOffset of bases) {
    // A torn end is only an end when no segment follows: a segment is synced before the next one is created.
    if (torn !== undefined) throw tornInTheMiddle(torn);
    const before = segments.at(-1);
    const path = join(folder, segmentName(baseOffset));
    if (before !== undefined && before.end !== baseOffset) {
      throw damagedFile(path, `the segment before it ends at offset ${before.end}, so records are missing`);
    }
    const scanned = await scanSegment(files, { path, baseOffset, identity });
    torn = scanned.torn;
    if (scanned.segment !== undefined) segments.push(scanned.segment);
  }
  const [first, ...others] = segments;
  if (first === undefined) throw damagedFile(folder, 'the partition has no segment');
  return { partition: new Partition(identity, [first, ...others], handles), torn };
}

function tornInTheMiddle(torn: TornEnd): Error {
  const place = { file: torn.path, byte: torn.bytesKept, offset: torn.fromOffset };
  return damagedAt(place, 'it ends in the middle of a record, and a later segment exists');
}
