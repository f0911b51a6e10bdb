/**
 * The journal's index in a checkpoint: chunks of keys with their records, and chunks of accounts with the numbers of their keys. A
 * chunk is the length of its head (4 bytes), the head as JSON, and arrays of little-endian numbers, each at a multiple of 8 bytes.
 */
import { endianness } from 'node:os';
import type { EntityKeyText } from '../domain/entity.js';
import type { PartitionKey } from '../domain/position.js';
import { invariant } from '../errors.js';
import type { IndexContents } from '../journal/journal-index.js';
import type { PackedRecords } from '../journal/record-chains.js';

// Keys of one chunk: about 2 ms of packing.
const KEYS_OF_A_CHUNK = 4_096;

export function* keyChunks({ names, records }: IndexContents): Generator<Buffer, void, void> {
  for (let from = 0; from < names.length; from += KEYS_OF_A_CHUNK) {
    const to = Math.min(from + KEYS_OF_A_CHUNK, names.length);
    const { partitions, counts, partitionOf, offsets } = records(from, to);
    yield chunkOf({ partitions, names: names.slice(from, to), records: offsets.length }, [
      offsets,
      counts,
      partitionOf,
    ]);
  }
}

export function* accountChunks({ accounts }: IndexContents): Generator<Buffer, void, void> {
  for (let from = 0; from < accounts.length; from += KEYS_OF_A_CHUNK) {
    const some = accounts.slice(from, from + KEYS_OF_A_CHUNK);
    const head = { names: some.map(([name]) => name), counts: some.map(([, keys]) => keys.length) };
    yield chunkOf(head, [Uint32Array.from(some.flatMap(([, keys]) => keys))]);
  }
}

/** Reads both kinds of chunks, in the order in which they were made. */
export function indexContents(keys: readonly Buffer[], accounts: readonly Buffer[]): IndexContents {
  const parts = keys.map(keysIn);
  const packed = joined(parts.map(({ packed }) => packed));
  return {
    names: parts.flatMap(({ names }) => names),
    records: (from, to) => {
      invariant(from === 0 && to === packed.counts.length, 'an index is restored in one go');
      return packed;
    },
    accounts: accounts.flatMap(accountsIn),
  };
}

function keysIn(chunk: Buffer): { readonly names: readonly EntityKeyText[]; readonly packed: PackedRecords } {
  const { head, bytes } = split(chunk);
  const { partitions, names, records } = head as {
    partitions: readonly PartitionKey[];
    names: readonly EntityKeyText[];
    records: number;
  };
  const offsets = new BigUint64Array(bytes, 0, records);
  const counts = new Uint32Array(bytes, padded(offsets.byteLength), names.length);
  const partitionOf = new Uint16Array(bytes, padded(offsets.byteLength) + padded(counts.byteLength), records);
  return { names, packed: { partitions, counts, partitionOf, offsets } };
}

/** The partitions are those of the last chunk: they are numbered as they come, so those of every other are its beginning. */
function joined(parts: readonly PackedRecords[]): PackedRecords {
  const total = (sizes: readonly number[]) => sizes.reduce((sum, size) => sum + size, 0);
  const counts = new Uint32Array(total(parts.map((part) => part.counts.length)));
  const partitionOf = new Uint16Array(total(parts.map((part) => part.partitionOf.length)));
  const offsets = new BigUint64Array(partitionOf.length);
  let [key, record] = [0, 0];
  for (const part of parts) {
    counts.set(part.counts, key);
    partitionOf.set(part.partitionOf, record);
    offsets.set(part.offsets, record);
    key += part.counts.length;
    record += part.offsets.length;
  }
  return { partitions: parts.at(-1)?.partitions ?? [], counts, partitionOf, offsets };
}

function accountsIn(chunk: Buffer): IndexContents['accounts'] {
  const { head, bytes } = split(chunk);
  const { names, counts } = head as { names: readonly EntityKeyText[]; counts: readonly number[] };
  const numbers = new Uint32Array(
    bytes,
    0,
    counts.reduce((sum, count) => sum + count, 0),
  );
  let at = 0;
  return names.map((name, index) => {
    const from = at;
    at += counts[index] ?? 0;
    return [name, Array.from(numbers.subarray(from, at))] as const;
  });
}

function chunkOf(head: object, arrays: readonly (BigUint64Array | Uint32Array | Uint16Array)[]): Buffer {
  invariant(endianness() === 'LE', 'numbers of a checkpoint are little-endian, as those of this machine');
  const text = Buffer.from(JSON.stringify(head));
  const parts: Buffer[] = [Buffer.alloc(4), text];
  parts[0]?.writeUInt32LE(text.length);
  for (const array of arrays) {
    const { buffer, byteOffset, byteLength } = array;
    parts.push(Buffer.from(buffer, byteOffset, byteLength), Buffer.alloc(padded(byteLength) - byteLength));
  }
  return Buffer.concat(parts);
}

/** The arrays in memory of their own, where numbers stand at multiples of their size. */
function split(chunk: Buffer): { readonly head: unknown; readonly bytes: ArrayBuffer } {
  const headEnd = 4 + chunk.readUInt32LE(0);
  const bytes = new ArrayBuffer(chunk.length - headEnd);
  Buffer.from(bytes).set(chunk.subarray(headEnd));
  return { head: JSON.parse(chunk.toString('utf8', 4, headEnd)), bytes };
}

function padded(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}
