/** The folder of a server that is not running, and what a bad day does to it. */
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { FileLogReader } from '../../connectors/file/reader.js';
import type { PartitionKey } from '../../src/domain/position.js';
import type { Random } from '../random.js';

/** Every file in it, by its path from the folder, in order. */
export function filesOf(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => relative(folder, join(entry.parentPath, entry.name))).sort();
}

/** The segment each partition writes to. */
export function newestSegments(folder: string): readonly string[] {
  const newest = new Map<string, string>();
  for (const file of filesOf(folder)) if (file.endsWith('.seg')) newest.set(file.replace(/\/[^/]+$/, ''), file);
  return [...newest.values()];
}

/** What a disk that promised too much has lost: up to `bytes` from the end of a segment, which keeps its header. */
export function cutTail(folder: string, segment: string, bytes: number): void {
  const path = join(folder, segment);
  const headerBytes = readFileSync(path).readUInt16LE(HEADER_LENGTH_AT);
  truncateSync(path, Math.max(headerBytes, statSync(path).size - bytes));
}

/** Where the header of a segment says how long it is: `connectors/file/segment-header.ts`. */
const HEADER_LENGTH_AT = 10;

export interface Flip {
  readonly file: string;
  readonly byte: number;
  readonly bit: number;
}

/** Turns one bit round, anywhere in the file. */
export function flipBit(folder: string, file: string, random: Random): Flip {
  const bytes = readFileSync(join(folder, file));
  const byte = random.between(0, bytes.length - 1);
  const bit = random.between(0, 7);
  bytes[byte] = (bytes[byte] ?? 0) ^ (1 << bit);
  writeFileSync(join(folder, file), bytes);
  return { file, byte, bit };
}

/** Offsets after the last whole record of each partition, as whoever opens the folder next will find them. */
export async function endsOf(folder: string): Promise<ReadonlyMap<PartitionKey, bigint>> {
  const reader = await FileLogReader.open(folder);
  try {
    return reader.ends();
  } finally {
    await reader.close();
  }
}
