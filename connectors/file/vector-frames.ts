/**
 * The file of recorded vectors: a header, then frames that are all of one size. Integers and numbers are little-endian.
 *
 *     header: "TMVECTOR" (8) | format version u32 | length u32 | identity of the embedder, JSON | CRC-32 u32 over all before it
 *     frame:  CRC-32 u32 over what follows | role u8 (1 question, 2 passage) | SHA-256 of the text (32) | float32 × dimensions
 *
 * Because frames are of one size, damage of one leaves those behind it where they are; a checksum and the hash in the frame make a
 * damaged vector unknown and never another one.
 */
import { crc32 } from 'node:zlib';
import type { EmbedderIdentity, EmbeddingRole } from '../../src/retrieval/embedder.js';
import type { RecordedVector, VectorKey } from '../../src/retrieval/vector-record.js';
import { parseJson } from './manifest.js';

const MAGIC = Buffer.from('TMVECTOR', 'latin1');
const VERSION = 1;
const LENGTH_AT = 12;
const IDENTITY_AT = 16;
const KEY_AT = 4;
const NUMBERS_AT = 37;
/** Of role and hash, what a frame is found by in memory. What is read is compared in full. */
const NAME_BYTES = 16;

/** A larger header is none: names and revisions of models are short. */
export const headerBytesMax = 65_536;

export function frameBytesOf({ dimensions }: EmbedderIdentity): number {
  return NUMBERS_AT + 4 * dimensions;
}

export function headerOf({ id, revision, dimensions }: EmbedderIdentity): Buffer {
  const identity = Buffer.from(JSON.stringify({ id, revision, dimensions }), 'utf8');
  const header = Buffer.alloc(IDENTITY_AT + identity.length + 4);
  MAGIC.copy(header);
  header.writeUInt32LE(VERSION, MAGIC.length);
  header.writeUInt32LE(identity.length, LENGTH_AT);
  identity.copy(header, IDENTITY_AT);
  header.writeUInt32LE(crc32(header.subarray(0, -4)), header.length - 4);
  return header;
}

export type HeaderReading =
  | { readonly kind: 'read'; readonly identity: EmbedderIdentity; readonly bytes: number }
  | { readonly kind: 'damaged' }
  | { readonly kind: 'unsupported'; readonly version: number };

/** `bytes`: the first of the file, at least the header or all there are. */
export function readHeader(bytes: Buffer): HeaderReading {
  if (bytes.length < IDENTITY_AT || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return { kind: 'damaged' };
  const version = bytes.readUInt32LE(MAGIC.length);
  if (version !== VERSION) return { kind: 'unsupported', version };
  const end = IDENTITY_AT + bytes.readUInt32LE(LENGTH_AT);
  if (end + 4 > bytes.length || crc32(bytes.subarray(0, end)) !== bytes.readUInt32LE(end)) return { kind: 'damaged' };
  const identity = parseJson(bytes.toString('utf8', IDENTITY_AT, end));
  if (!isIdentity(identity)) return { kind: 'damaged' };
  return { kind: 'read', identity, bytes: end + 4 };
}

function isIdentity(value: unknown): value is EmbedderIdentity {
  if (typeof value !== 'object' || value === null) return false;
  const { id, revision, dimensions } = value as Record<string, unknown>;
  return typeof id === 'string' && typeof revision === 'string' && Number.isSafeInteger(dimensions);
}

export function encodeVector(into: Buffer, at: number, { role, hash, vector }: RecordedVector): void {
  const end = at + NUMBERS_AT + 4 * vector.length;
  keyBytes({ role, hash }).copy(into, at + KEY_AT);
  for (let i = 0; i < vector.length; i++) into.writeFloatLE(vector[i] ?? 0, at + NUMBERS_AT + 4 * i);
  into.writeUInt32LE(crc32(into.subarray(at + KEY_AT, end)), at);
}

/** Undefined unless the frame is whole and is that of `key`. */
export function decodeVector(
  frame: Buffer,
  key: VectorKey,
  { dimensions }: EmbedderIdentity,
): Float32Array | undefined {
  if (frame.length !== NUMBERS_AT + 4 * dimensions) return undefined;
  if (crc32(frame.subarray(KEY_AT)) !== frame.readUInt32LE(0)) return undefined;
  if (!frame.subarray(KEY_AT, NUMBERS_AT).equals(keyBytes(key))) return undefined;
  return Float32Array.from({ length: dimensions }, (_, i) => frame.readFloatLE(NUMBERS_AT + 4 * i));
}

/** What the frame that starts at `at` is found by; no promise that it is whole. */
export function nameAt(bytes: Buffer, at: number): string {
  return bytes.toString('latin1', at + KEY_AT, at + KEY_AT + NAME_BYTES);
}

/** Of what is found by this name. */
export function roleOf(name: string): EmbeddingRole {
  return name.charCodeAt(0) === 1 ? 'question' : 'passage';
}

export function nameOf(key: VectorKey): string {
  return keyBytes(key).toString('latin1', 0, NAME_BYTES);
}

function keyBytes({ role, hash }: VectorKey): Buffer {
  const bytes = Buffer.alloc(NUMBERS_AT - KEY_AT);
  bytes[0] = role === 'question' ? 1 : 2;
  bytes.write(hash.slice('sha256-'.length), 1, 'hex');
  return bytes;
}
