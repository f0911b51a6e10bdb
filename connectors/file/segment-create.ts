/** Makes new segment files. */
import { join } from 'node:path';
import { damagedFile } from './damage.js';
import { writeFully } from './file-steps.js';
import type { FileSystemPort, OpenFile } from './files.js';
import type { PartitionFolder } from './partition-folder.js';
import { Segment } from './segment.js';
import { baseOffsetOf, noOwner, segmentHeader, segmentName } from './segment-header.js';

export interface NewSegment {
  readonly segment: Segment;
  readonly file: OpenFile;
}

/** Whose it is; an owner of copies replaces a segment of no records, which another left. */
export type SegmentOwner = { readonly ownerEpoch: number; readonly mode: 'create' | 'replace' };

/** Header and name are durable when this resolves, so a record written later is never in a file that vanishes. */
export async function createSegment(
  at: PartitionFolder,
  baseOffset: bigint,
  { ownerEpoch, mode }: SegmentOwner = { ownerEpoch: noOwner, mode: 'create' },
): Promise<NewSegment> {
  const path = join(at.folder, segmentName(baseOffset));
  const header = segmentHeader(at.identity, baseOffset, ownerEpoch);
  const file = await at.files.open(path, mode);
  try {
    await writeFully(file, header, 0);
    await file.dataSync();
    await at.files.syncFolder(at.folder);
  } catch (error) {
    await file.close();
    throw error;
  }
  return { segment: new Segment({ path, baseOffset, headerBytes: header.length, ownerEpoch }), file };
}

/**
 * The folder of a new partition with its empty first segment, so that later a missing segment is a loss and never a beginning.
 * An empty segment left by a crash during an earlier creation is replaced; one with records is somebody's data.
 */
export async function createPartition(at: PartitionFolder): Promise<void> {
  await at.files.makeFolder(at.folder);
  for (const name of await at.files.list(at.folder)) {
    const baseOffset = baseOffsetOf(name);
    if (baseOffset === undefined) continue;
    const path = join(at.folder, name);
    const left = await fileSize(at.files, path);
    if (baseOffset !== 0n || left > segmentHeader(at.identity, 0n, noOwner).length) {
      throw damagedFile(path, 'it holds records of a topic that log.json does not name');
    }
    await at.files.remove(path);
  }
  const { file } = await createSegment(at, 0n);
  await file.close();
}

async function fileSize(files: FileSystemPort, path: string): Promise<number> {
  const file = await files.open(path, 'read');
  try {
    return await file.size();
  } finally {
    await file.close();
  }
}

/** Zeros are written so many at a time. */
const RESERVED_AT_ONCE_BYTES = 1_048_576;

/**
 * Gives a file its size before it is written to. A write in there changes nothing but the bytes, so its wait for the disk has nothing of
 * the file system's own journal in it. Best effort: without the room, writes extend the file as they come.
 */
export async function reserve(file: OpenFile, bytes: number): Promise<void> {
  try {
    let at = await file.size();
    if (at >= bytes) return;
    const zeros = Buffer.alloc(Math.min(RESERVED_AT_ONCE_BYTES, bytes - at));
    for (; at < bytes; at += zeros.length) await writeFully(file, zeros.subarray(0, bytes - at), at);
    await file.dataSync();
  } catch {
    // What is wrong with the disk will show where it matters.
  }
}
