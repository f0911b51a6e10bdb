/**
 * The journal's index in a checkpoint: chunks of keys with their records, and chunks of accounts with the numbers of their keys. A
 * chunk is the length of its head (4 bytes), the head as JSON, and arrays of little-endian numbers, each at a multiple of 8 bytes.
 * A key or an account with more than a chunk takes goes on in the next, which then begins with its name.
 */
import { endianness } from 'node:os';
import type { EntityKeyText } from '../domain/entity.js';
import type { PartitionKey } from '../domain/position.js';
import { invariant } from '../errors.js';
import type { IndexContents, KeyPiece } from '../journal/journal-index.js';
import { limits } from '../limits.js';

type AccountKeys = readonly [name: EntityKeyText, keys: readonly number[]];

const NUMBER_BYTES = 4;
// An account in the head of a chunk: six bytes for the worst of characters, and quotes, commas and a count of ten digits.
const NAME_UNIT_BYTES = 6;
const ACCOUNT_BYTES = 14;

export function* keyChunks(index: IndexContents): Generator<Buffer, void, void> {
  for (const { names, records: piece } of index.keys()) {
    const { partitions, counts, partitionOf, offsets } = piece;
    yield chunkOf({ partitions, names, records: offsets.length }, [offsets, counts, partitionOf]);
  }
}

export function* accountChunks(index: IndexContents): Generator<Buffer, void, void> {
  let chunk = new AccountChunk();
  for (const [name, keys] of index.accounts()) {
    let from = 0;
    do {
      if (chunk.isFull) {
        yield chunk.finish();
        chunk = new AccountChunk();
      }
      const to = from + chunk.roomFor(name);
      chunk.add(name, keys.slice(from, to));
      from = to;
    } while (from < keys.length);
  }
  if (!chunk.isEmpty) yield chunk.finish();
}

class AccountChunk {
  readonly #names: EntityKeyText[] = [];
  readonly #lists: (readonly number[])[] = [];
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#names.length === 0;
  }

  get isFull(): boolean {
    return this.#bytes >= limits.checkpointChunkBytes;
  }

  /** Numbers that still fit behind the name; one always does. */
  roomFor(name: EntityKeyText): number {
    const left = limits.checkpointChunkBytes - this.#bytes - headBytes(name);
    return Math.max(1, Math.floor(left / NUMBER_BYTES));
  }

  add(name: EntityKeyText, keys: readonly number[]): void {
    this.#names.push(name);
    this.#lists.push(keys);
    this.#bytes += headBytes(name) + NUMBER_BYTES * keys.length;
  }

  finish(): Buffer {
    const counts = this.#lists.map((keys) => keys.length);
    return chunkOf({ names: this.#names, counts }, [Uint32Array.from(this.#lists.flat())]);
  }
}

function headBytes(name: EntityKeyText): number {
  return NAME_UNIT_BYTES * name.length + ACCOUNT_BYTES;
}

/** Reads both kinds of chunks, in the order in which they were made. */
export function indexContents(keys: readonly Buffer[], accounts: readonly Buffer[]): IndexContents {
  return { keys: () => piecesIn(keys), accounts: () => joined(accounts.flatMap(accountsIn)) };
}

function* piecesIn(chunks: readonly Buffer[]): Generator<KeyPiece, void, void> {
  let [count, last] = [0, undefined as EntityKeyText | undefined];
  for (const chunk of chunks) {
    const { head, bytes } = split(chunk);
    const { partitions, names, records } = head as {
      partitions: readonly PartitionKey[];
      names: readonly EntityKeyText[];
      records: number;
    };
    const offsets = new BigUint64Array(bytes, 0, records);
    const counts = new Uint32Array(bytes, padded(offsets.byteLength), names.length);
    const partitionOf = new Uint16Array(bytes, padded(offsets.byteLength) + padded(counts.byteLength), records);
    const first = names[0] !== undefined && names[0] === last ? count - 1 : count;
    yield { names, records: { partitions, first, counts, partitionOf, offsets } };
    count = first + names.length;
    last = names.at(-1) ?? last;
  }
}

function* joined(parts: readonly AccountKeys[]): Generator<AccountKeys, void, void> {
  for (let at = 0; at < parts.length; ) {
    const name = parts[at]?.[0];
    const from = at;
    while (at < parts.length && parts[at]?.[0] === name) at++;
    if (name !== undefined) yield [name, parts.slice(from, at).flatMap(([, keys]) => keys)];
  }
}

function accountsIn(chunk: Buffer): readonly AccountKeys[] {
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
