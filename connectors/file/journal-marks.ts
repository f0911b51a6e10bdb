/**
 * `marks.json`: how far each partition of a journal had been synced, and where copying goes on.
 *
 *     { "format": 1, "marks": { "<topic>:<partition>": ["<synced end>", "<end>"], … }, "checksum": <CRC-32 of the marks, as JSON> }
 *
 * The synced end is the offset after the last record that is on the disk for sure: what cannot be read before it is damage, what
 * cannot be read after it is a write that a crash cut short. The end lies further on where what followed left no record (a
 * transaction's marker). Both are hints: without them an unreadable end is cut, and copied again.
 */
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import type { PartitionKey } from '../../src/domain/position.js';
import { readText, replaceText } from './file-steps.js';
import type { FileSystemPort } from './files.js';
import { parseJson } from './manifest.js';

export interface Mark {
  readonly syncedEnd: bigint;
  readonly end: bigint;
}

export type Marks = ReadonlyMap<PartitionKey, Mark>;

const offset = z.string().regex(/^(0|[1-9][0-9]{0,18})$/);
const schema = z.strictObject({
  format: z.literal(1),
  marks: z.record(z.templateLiteral([z.string(), ':', z.int().min(0)]), z.tuple([offset, offset])),
  checksum: z.number(),
});

/** Where copying goes on: where the last sync said, if the records that it said it of are the last ones. */
export function restoredEnd(recordsEnd: bigint, mark: Mark | undefined): bigint {
  return mark !== undefined && mark.syncedEnd === recordsEnd && mark.end > recordsEnd ? mark.end : recordsEnd;
}

/** Undefined when the file is there and is not as it was written. */
export async function readMarks(files: FileSystemPort, folder: string): Promise<Marks | undefined> {
  const text = await readText(files, pathOf(folder));
  if (text === undefined) return new Map();
  const parsed = schema.safeParse(parseJson(text));
  if (!parsed.success || crc32(JSON.stringify(parsed.data.marks)) !== parsed.data.checksum) return undefined;
  const entries = Object.entries(parsed.data.marks) as [PartitionKey, [string, string]][];
  return new Map(entries.map(([key, [syncedEnd, end]]) => [key, { syncedEnd: BigInt(syncedEnd), end: BigInt(end) }]));
}

/** Durable when it resolves. */
export function writeMarks(files: FileSystemPort, folder: string, of: Marks): Promise<void> {
  const marks = Object.fromEntries([...of].map(([key, mark]) => [key, [String(mark.syncedEnd), String(mark.end)]]));
  const text = JSON.stringify({ format: 1, marks, checksum: crc32(JSON.stringify(marks)) });
  return replaceText(files, pathOf(folder), `${text}\n`, 'durable');
}

function pathOf(folder: string): string {
  return join(folder, 'marks.json');
}
