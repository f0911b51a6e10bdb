/** Steps made of several file operations: the whole of a file read or written, a file replaced at once. */
import { dirname } from 'node:path';
import { type FileSystemPort, type OpenFile, systemCode } from './files.js';

/** Writes all of `bytes`; a short write is continued, a write that makes no progress is an error. */
export async function writeFully(file: OpenFile, bytes: Buffer, place: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const count = await file.write(bytes.subarray(written), place + written);
    if (count <= 0) throw new Error('the file system accepted no byte of a write');
    written += count;
  }
}

/** Up to `length` bytes from `place`; fewer only when the file ends there. Never a shared or reused buffer. */
export async function readRange(file: OpenFile, place: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  while (filled < length) {
    const count = await file.read(filled === 0 ? bytes : bytes.subarray(filled), place + filled);
    if (count === 0) return bytes.subarray(0, filled);
    filled += count;
  }
  return bytes;
}

/** The text of a small file; undefined when it does not exist. */
export async function readText(files: FileSystemPort, path: string): Promise<string | undefined> {
  let file: OpenFile;
  try {
    file = await files.open(path, 'read');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return (await readRange(file, 0, await file.size())).toString('utf8');
  } finally {
    await file.close();
  }
}

export type Durability = 'durable' | 'hint';

/**
 * Puts `text` in place of the file at once: readers see the old or the new text, never a part. With `durable` the new text
 * survives a power loss; without it, either text or an empty file may be found after one.
 */
export function replaceText(files: FileSystemPort, path: string, text: string, durability: Durability): Promise<void> {
  return replaceBytes(files, path, Buffer.from(text, 'utf8'), durability);
}

/** As `replaceText`, for bytes. */
export async function replaceBytes(
  files: FileSystemPort,
  path: string,
  bytes: Buffer,
  durability: Durability,
): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await files.open(temporary, 'replace');
  try {
    await writeFully(file, bytes, 0);
    if (durability === 'durable') await file.dataSync();
  } finally {
    await file.close();
  }
  await files.rename(temporary, path);
  if (durability === 'durable') await files.syncFolder(dirname(path));
}
