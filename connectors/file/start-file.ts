/**
 * `start`, in the folder of a partition: the first offset that is kept. It is durable before a segment is removed, so that a
 * segment that has expired is told apart from one that was lost, and a removal that was cut short can be finished.
 *
 *     { "format": 1, "start": "<decimal offset>", "checksum": <CRC-32 of that text> }
 *
 * The file is there only once something has expired; without it a partition starts at offset 0. It carries a checksum because
 * a start that had grown by one flipped bit would let live segments go.
 */
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { damagedFile } from './damage.js';
import { readText, replaceText } from './file-steps.js';
import { parseJson } from './manifest.js';
import type { PartitionFolder } from './partition-folder.js';
import { baseOffsetOfAny } from './segment-header.js';

const startSchema = z.strictObject({
  format: z.literal(1),
  start: z.string().regex(/^(0|[1-9][0-9]{0,18})$/),
  checksum: z.number(),
});

/** Rejects with `log_damaged` when the file is there and cannot be understood. */
export async function readStart({ files, folder }: PartitionFolder): Promise<bigint> {
  const path = join(folder, 'start');
  const text = await readText(files, path);
  if (text === undefined) return 0n;
  const parsed = startSchema.safeParse(parseJson(text));
  if (!parsed.success) throw damagedFile(path, 'it does not tell the first offset that is kept');
  if (crc32(parsed.data.start) !== parsed.data.checksum) throw damagedFile(path, 'its checksum is wrong');
  return BigInt(parsed.data.start);
}

/** The new start is durable when this resolves. */
export function writeStart({ files, folder }: PartitionFolder, offset: bigint): Promise<void> {
  const start = String(offset);
  const text = JSON.stringify({ format: 1, start, checksum: crc32(start) });
  return replaceText(files, join(folder, 'start'), `${text}\n`, 'durable');
}

/** The partition starts at 0 again; durable when this resolves. */
export async function clearStart({ files, folder }: PartitionFolder): Promise<void> {
  await files.remove(join(folder, 'start'));
  await files.syncFolder(folder);
}

/**
 * Removes segments and sidecars from before the start, which must be durable, and returns their paths. It finishes what an earlier
 * call could not.
 */
export async function removeExpired({ files, folder }: PartitionFolder, start: bigint): Promise<readonly string[]> {
  const expired = (await files.list(folder)).filter((name) => {
    const baseOffset = baseOffsetOfAny(name);
    return baseOffset !== undefined && baseOffset < start;
  });
  if (expired.length === 0) return [];
  const paths = expired.sort().map((name) => join(folder, name));
  for (const path of paths) await files.remove(path);
  await files.syncFolder(folder);
  return paths;
}
