/** Opens one partition of a journal after another, each with at least one segment. */
import { join } from 'node:path';
import { type PartitionKey, partitionKey } from '../../src/domain/position.js';
import { readRange } from './file-steps.js';
import type { FileSystemPort } from './files.js';
import type { ReadHandles } from './handles.js';
import { type JournalManifest, topicsFolder } from './journal-manifest.js';
import type { Marks } from './journal-marks.js';
import type { JournalReport } from './journal-types.js';
import { type FolderPartition, partitionFolders } from './log-folder.js';
import type { PartitionFolder } from './partition-folder.js';
import { openPartition } from './partition-open.js';
import { type FileLogReport, openForWriting } from './prepare.js';
import { createSegment } from './segment-create.js';
import {
  baseOffsetOf,
  checkSegmentHeader,
  noOwner,
  ownerEpochIn,
  type PartitionIdentity,
  segmentHeader,
  segmentName,
} from './segment-header.js';
import { readStart } from './start-file.js';

export function keyOfIdentity({ topic, partition }: PartitionIdentity): PartitionKey {
  return partitionKey(topic, partition);
}

/** Where the partitions of a journal are. */
export function copiedFolders(
  files: FileSystemPort,
  folder: string,
  { manifest, marks }: { readonly manifest: JournalManifest; readonly marks: Marks },
): readonly PartitionFolder[] {
  const own = manifest.topics.flatMap((topic) =>
    partitionFolders(files, topicsFolder(folder), { logId: manifest.id, topic }),
  );
  return own.map((at) => {
    const syncedEnd = marks.get(keyOfIdentity(at.identity))?.syncedEnd ?? 0n;
    return { ...at, origin: { kind: 'copied', syncedEnd } };
  });
}

/** Makes the first segment of a partition that has none, cuts a torn end, syncs what is there. Rejects with `log_damaged`. */
export async function openCopied(
  at: PartitionFolder,
  of: { readonly ownerEpoch: number; readonly handles: ReadHandles },
  onReport: (report: JournalReport) => void,
): Promise<FolderPartition> {
  await ensureSegment(at, of.ownerEpoch);
  const opened = { at, ...(await openPartition(at, of.handles, 'sidecars')) };
  const heard = (report: FileLogReport): void => {
    if (report.kind !== 'committed_unreadable') onReport(report);
  };
  const file = await openForWriting(opened, { onReport: heard, reservedBytes: 0 });
  await file.close();
  return opened;
}

/** A partition that holds nothing yet, or nothing any more, has one empty segment, which begins at its start. */
async function ensureSegment(at: PartitionFolder, ownerEpoch: number): Promise<void> {
  await at.files.makeFolder(at.folder);
  const start = await readStart(at);
  const names = await at.files.list(at.folder);
  const bases = names.map(baseOffsetOf).filter((base) => base !== undefined && base >= start);
  const [only] = bases;
  if (bases.length > 1 || (only !== undefined && !(await isTornHeader(at, only)))) return;
  const { file } = await createSegment(at, only ?? start, { ownerEpoch, mode: 'replace' });
  await file.close();
}

async function isTornHeader(at: PartitionFolder, base: bigint): Promise<boolean> {
  const file = await at.files.open(join(at.folder, segmentName(base)), 'read');
  try {
    const size = await file.size();
    const bytes = await readRange(file, 0, segmentHeader(at.identity, base, noOwner).length);
    const expected = segmentHeader(at.identity, base, ownerEpochIn(bytes));
    return checkSegmentHeader(bytes, expected, size).kind === 'torn';
  } finally {
    await file.close();
  }
}
