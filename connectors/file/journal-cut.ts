/** Removes the records at the end of a partition that nobody has open. */
import { join } from 'node:path';
import { readRange } from './file-steps.js';
import { frameBytesAt, frameOffsetAt, viewOf } from './frame.js';
import type { Partition } from './partition.js';
import type { PartitionFolder } from './partition-folder.js';
import { baseOffsetOfAny, sidecarName } from './segment-header.js';
import { clearStart, readBeginning, writeBeginning } from './start-file.js';

/** Removes every record; the partition begins at `from` then. Returns where it ends. */
export async function beginAnew(at: PartitionFolder, from: bigint): Promise<bigint> {
  const was = await readBeginning(at);
  const names = (await at.files.list(at.folder)).filter((name) => baseOffsetOfAny(name) !== undefined);
  await removeLastFirst(at, names);
  if (from === 0n) await clearStart(at);
  else await writeBeginning(at, { start: from, records: was.start === from ? was.records : 0n });
  return from;
}

/** Removes records at and after `from`, which is after the start. Returns the offset after the last record that is left. */
export async function cutEnd(at: PartitionFolder, partition: Partition, from: bigint): Promise<bigint> {
  const kept = partition.segmentOf(from - 1n);
  const names = (await at.files.list(at.folder)).filter((name) => (baseOffsetOfAny(name) ?? -1n) > kept.baseOffset);
  // The sidecar of what is cut would be that of another segment.
  await removeLastFirst(at, [...names, sidecarName(kept.baseOffset)]);
  const file = await at.files.open(kept.path, 'modify');
  try {
    const range = kept.blocks.range(kept.blocks.blockOf(from - 1n), kept.blocks.blockOf(from - 1n));
    const bytes = await readRange(file, range.place, range.ends.at(-1) ?? 0);
    const left = framesBefore(bytes, from);
    await file.truncate(range.place + left.bytes);
    await file.dataSync();
    return left.end ?? kept.baseOffset;
  } finally {
    await file.close();
  }
}

/** Segments that are left at any time follow each other; all are gone before the one that is kept is cut. */
async function removeLastFirst({ files, folder }: PartitionFolder, names: readonly string[]): Promise<void> {
  for (const name of [...names].sort().reverse()) await files.remove(join(folder, name));
  await files.syncFolder(folder);
}

interface Left {
  readonly bytes: number;
  /** Undefined when no frame is left. */
  readonly end: bigint | undefined;
}

/** Of checked frames that follow each other, those of offsets before `from`. */
function framesBefore(frames: Buffer, from: bigint): Left {
  const view = viewOf(frames);
  let bytes = 0;
  let end: bigint | undefined;
  while (bytes < frames.length) {
    const offset = frameOffsetAt(view, bytes);
    if (offset >= from) break;
    end = offset + 1n;
    bytes += frameBytesAt(view, bytes);
  }
  return { bytes, end };
}
