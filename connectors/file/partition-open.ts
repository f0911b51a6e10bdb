/** Finds, checks and orders the segments of one partition. Nothing is changed on the disk here. */
import { join } from 'node:path';
import { damagedAt, damagedFile } from './damage.js';
import { readRange } from './file-steps.js';
import { type FileSystemPort, systemCode } from './files.js';
import type { ReadHandles } from './handles.js';
import { Partition } from './partition.js';
import type { PartitionFolder } from './partition-folder.js';
import type { Segment } from './segment.js';
import { baseOffsetOf, noOwner, ownerEpochIn, segmentName } from './segment-header.js';
import { type ScannedSegment, type SegmentFile, scanSegment, type TornEnd } from './segment-scan.js';
import { openBySidecar } from './sidecar.js';
import { type Beginning, readBeginning, readStart } from './start-file.js';

/** Whether sealed segments are opened by their sidecars, or every record of every segment is checked. */
export type Trust = 'sidecars' | 'nothing';

/** A sealed segment that had to be gone through, and what was wrong with its sidecar if it has one. */
export interface Unindexed {
  readonly segment: Segment;
  readonly unusable: { readonly path: string; readonly why: string } | undefined;
}

export interface OpenedPartition {
  readonly partition: Partition;
  readonly torn: TornEnd | undefined;
  /** Empty when no sidecar was trusted. */
  readonly unindexed: readonly Unindexed[];
}

/** Rejects with `log_damaged` when a segment is missing, foreign, or unreadable anywhere but at the partition's very end. */
export async function openPartition(
  from: PartitionFolder,
  handles: ReadHandles,
  trust: Trust,
): Promise<OpenedPartition> {
  for (;;) {
    // The names come first: a server that runs beside a reader moves the start before it removes a segment.
    const names = await from.files.list(from.folder);
    const beginning = await readBeginning(from);
    const { start } = beginning;
    try {
      return await openSegments(from, { handles, trust, bases: basesFrom(names, start), ...beginning });
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
      if ((await readStart(from)) === start) throw damagedFile(from.folder, 'a segment vanished while it was opened');
    }
  }
}

/** What lies before the start has expired, even while its file is still there. */
function basesFrom(names: readonly string[], start: bigint): readonly bigint[] {
  const bases = names.map(baseOffsetOf).filter((base) => base !== undefined);
  return bases.filter((base) => base >= start).sort((a, b) => (a < b ? -1 : 1));
}

interface OpenSegments extends Beginning {
  readonly handles: ReadHandles;
  readonly trust: Trust;
  readonly bases: readonly bigint[];
}

async function openSegments(from: PartitionFolder, of: OpenSegments): Promise<OpenedPartition> {
  const segments: Segment[] = [];
  const unindexed: Unindexed[] = [];
  let torn: TornEnd | undefined;
  for (const [i, baseOffset] of of.bases.entries()) {
    // A torn end is only an end when no segment follows: a segment is synced before the next one is created. Room may be left in any.
    if (torn !== undefined && !torn.isBlank) throw tornInTheMiddle(torn);
    const file = await segmentFile(from, baseOffset);
    const end = segments.at(-1)?.end ?? of.start;
    if (end !== baseOffset) throw recordsMissing(file, segments.length === 0, end);
    const isSealed = i < of.bases.length - 1;
    const opened = isSealed && of.trust === 'sidecars' ? await openSealed(from, file) : await scan(from, file);
    torn = opened.torn;
    if (opened.segment !== undefined) segments.push(opened.segment);
    if (opened.unindexed !== undefined) unindexed.push(opened.unindexed);
  }
  if (torn?.bytesKept === 0) await scanLastAgain(from, segments);
  const [first, ...others] = segments;
  if (first === undefined) throw damagedFile(from.folder, 'the partition has no segment');
  return { partition: new Partition(from, [first, ...others], of.handles, of), torn, unindexed };
}

type OpenedSegment = ScannedSegment & { readonly unindexed: Unindexed | undefined };

async function scan({ files }: PartitionFolder, file: SegmentFile): Promise<OpenedSegment> {
  return { ...(await scanSegment(files, file)), unindexed: undefined };
}

async function openSealed({ files }: PartitionFolder, file: SegmentFile): Promise<OpenedSegment> {
  const found = await openBySidecar(files, file);
  if (found.kind === 'opened') return { segment: found.segment, torn: undefined, unindexed: undefined };
  const { segment, torn } = await scanSegment(files, file);
  const unusable = found.kind === 'unusable' ? found : undefined;
  return { segment, torn, unindexed: segment && { segment, unusable } };
}

/** The segment after it was never finished, so it is written to again, and for that it must be known frame by frame. */
async function scanLastAgain(from: PartitionFolder, segments: Segment[]): Promise<void> {
  const last = segments.pop();
  if (last === undefined) return;
  const { segment, torn } = await scanSegment(from.files, await segmentFile(from, last.baseOffset));
  if (torn !== undefined && !torn.isBlank) throw tornInTheMiddle(torn);
  if (segment !== undefined) segments.push(segment);
}

async function segmentFile(
  { files, folder, identity, origin }: PartitionFolder,
  baseOffset: bigint,
): Promise<SegmentFile> {
  const path = join(folder, segmentName(baseOffset));
  const ownerEpoch = origin.kind === 'own' ? noOwner : await readOwnerEpoch(files, path);
  return { folder, path, baseOffset, identity, origin, ownerEpoch };
}

async function readOwnerEpoch(files: FileSystemPort, path: string): Promise<number> {
  const file = await files.open(path, 'read');
  try {
    return ownerEpochIn(await readRange(file, 0, OWNER_BYTES));
  } finally {
    await file.close();
  }
}

/** The header is longer, and its checksum tells whether this part of it is right. */
const OWNER_BYTES = 20;

function recordsMissing({ path }: SegmentFile, isFirst: boolean, end: bigint): Error {
  const before = isFirst ? 'the partition starts at' : 'the segment before it ends at';
  return damagedFile(path, `${before} offset ${end}, so records are missing`);
}

function tornInTheMiddle(torn: TornEnd): Error {
  const place = { file: torn.path, byte: torn.bytesKept, offset: torn.fromOffset };
  return damagedAt(place, 'it ends in the middle of a record, and a later segment exists');
}
