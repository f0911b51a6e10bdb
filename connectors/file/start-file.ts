/**
 * `start`, in the folder of a partition: the first offset that is kept. It is durable before a segment is removed, so that a
 * segment that has expired is told apart from one that was lost, and a removal that was cut short can be finished.
 *
 *     { "format": 1, "start": "<decimal offset>", "records": "<decimal count>", "checksum": <CRC-32 of "<start>" or "<start> <count>"> }
 *
 * `records` is how many records lay before the start; without it as many as offsets, as in a log that has no gaps.
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

const decimal = z.string().regex(/^(0|[1-9][0-9]{0,18})$/);
const startSchema = z.strictObject({
  format: z.literal(1),
  start: decimal,
  records: decimal.optional(),
  checksum: z.number(),
});

/** Where a partition begins, and how many records it has had before. */
export interface Beginning {
  readonly start: bigint;
  readonly records: bigint;
}

export async function readStart(at: PartitionFolder): Promise<bigint> {
  return (await readBeginning(at)).start;
}

/** Rejects with `log_damaged` when the file is there and cannot be understood. */
export async function readBeginning({ files, folder }: PartitionFolder): Promise<Beginning> {
  const path = join(folder, 'start');
  const text = await readText(files, path);
  if (text === undefined) return { start: 0n, records: 0n };
  const parsed = startSchema.safeParse(parseJson(text));
  if (!parsed.success) throw damagedFile(path, 'it does not tell the first offset that is kept');
  const { start, records, checksum } = parsed.data;
  if (crc32(checkedText(start, records)) !== checksum) throw damagedFile(path, 'its checksum is wrong');
  return { start: BigInt(start), records: BigInt(records ?? start) };
}

/** The new beginning is durable when this resolves. */
export function writeBeginning({ files, folder }: PartitionFolder, of: Beginning): Promise<void> {
  const start = String(of.start);
  const records = of.records === of.start ? undefined : String(of.records);
  const text = JSON.stringify({ format: 1, start, records, checksum: crc32(checkedText(start, records)) });
  return replaceText(files, join(folder, 'start'), `${text}\n`, 'durable');
}

/** The partition begins where nothing before is known of. */
export function writeStart(at: PartitionFolder, start: bigint): Promise<void> {
  return writeBeginning(at, { start, records: 0n });
}

function checkedText(start: string, records: string | undefined): string {
  return records === undefined ? start : `${start} ${records}`;
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
