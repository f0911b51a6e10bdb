/**
 * The frame: one record as it lies in a segment. Integers are little-endian.
 *
 * | at | bytes | field       | type | meaning                                                                         |
 * |---:|------:|-------------|------|---------------------------------------------------------------------------------|
 * |  0 |     4 | length      | u32  | bytes from `version` to the end of the payload                                  |
 * |  4 |     4 | checksum    | u32  | CRC-32 (the one of zlib, RFC 1952 section 8) over those bytes                   |
 * |  8 |     1 | version     | u8   | 1; 2: the same, written in one go with the frame before it                      |
 * |  9 |     4 | keyId       | u32  | key the payload is encrypted with; 0: not encrypted                             |
 * | 13 |    32 | leafHash    |      | SHA-256(0x00 ‖ payload as stored): the leaf hash of a Merkle tree, RFC 9162 2.1.1 |
 * | 45 |     8 | offset      | u64  |                                                                                 |
 * | 53 |     8 | timestampMs | i64  | milliseconds since 1970                                                         |
 * | 61 |     4 | leaderEpoch | u32  |                                                                                 |
 * | 65 |       | payload     |      | key, headers, value                                                             |
 *
 * Payload: key as i32 length and bytes, length -1 for null; u32 count of headers, each a u32 length and UTF-8 name and a u32
 * length and value; value as i32 length and bytes, length -1 for null (a tombstone). Nothing follows the value.
 *
 * Bytes from a disk can be anything, so reading never throws: it tells complete, incomplete, corrupt and unsupported apart.
 * A payload whose subject was erased keeps its leaf hash, which is why the hash is over the bytes as stored.
 */
import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Incarnation } from '../../src/domain/position.js';
import { limits } from '../../src/limits.js';
import type { LogRecord, NewRecord, RecordHeader } from '../../src/log/port.js';

const CHECKSUM_AT = 4;
const VERSION_AT = 8;
const KEY_ID_AT = 9;
const LEAF_HASH_AT = 13;
const OFFSET_AT = 45;
const TIMESTAMP_AT = 53;
const LEADER_EPOCH_AT = 61;
const PAYLOAD_AT = 65;
const VERSION = 1;
const VERSION_CONTINUING = 2;
const NOT_ENCRYPTED = 0;
const TWO_TO_32 = 0x1_0000_0000;
/** A payload holds at least two lengths and the count of headers. */
export const frameBytesMin = PAYLOAD_AT + 12;

export type FrameContent = Omit<NewRecord, 'topic'>;

export interface FrameStamp {
  readonly offset: bigint;
  readonly timestampMs: number;
  readonly leaderEpoch: number;
  /** Written in one go with the frame before it: either may reach the disk without the other. */
  readonly isContinuing?: boolean;
}

export type FrameCheck =
  | { readonly kind: 'complete'; readonly bytes: number }
  /** The bytes end before the frame does. */
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'corrupt'; readonly reason: 'length' | 'checksum' | 'payload' }
  /** An intact frame of a format or a key this version does not know. */
  | { readonly kind: 'unsupported'; readonly reason: string };

/** Bytes the record takes as a frame. */
export function frameBytes(record: FrameContent): number {
  let bytes = frameBytesMin + (record.key?.length ?? 0) + (record.value?.length ?? 0);
  for (const [name, value] of record.headers) bytes += 8 + Buffer.byteLength(name) + value.length;
  return bytes;
}

/** Writes the record as a frame at `at`, where `frameBytes(record)` bytes must fit; returns where it ends. */
export function encodeFrame(into: Buffer, at: number, stamp: FrameStamp, record: FrameContent): number {
  const end = encodePayload(into, at + PAYLOAD_AT, record);
  // The leaf's prefix byte is written in front of the payload, so that one call hashes both; the header overwrites it below.
  into[at + PAYLOAD_AT - 1] = 0;
  // One character per byte: a digest handed over as text costs half of one handed over as a buffer.
  into.write(hash('sha256', part(into, at + PAYLOAD_AT - 1, end), 'binary'), at + LEAF_HASH_AT, 'latin1');
  into[at + VERSION_AT] = stamp.isContinuing === true ? VERSION_CONTINUING : VERSION;
  into.writeUInt32LE(NOT_ENCRYPTED, at + KEY_ID_AT);
  into.writeBigUInt64LE(stamp.offset, at + OFFSET_AT);
  into.writeUInt32LE(stamp.timestampMs >>> 0, at + TIMESTAMP_AT);
  into.writeInt32LE(Math.floor(stamp.timestampMs / TWO_TO_32), at + TIMESTAMP_AT + 4);
  into.writeUInt32LE(stamp.leaderEpoch, at + LEADER_EPOCH_AT);
  into.writeUInt32LE(end - at - VERSION_AT, at);
  into.writeUInt32LE(crc32(part(into, at + VERSION_AT, end)), at + CHECKSUM_AT);
  return end;
}

/** The view through which frames are read; a DataView because it is several times faster than the methods of a Buffer. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Judges the frame that starts at `at`: its length, its checksum, its version and key. The payload is not looked into. */
export function checkFrame(view: DataView, at: number): FrameCheck {
  if (view.byteLength - at < VERSION_AT) return INCOMPLETE;
  const total = frameBytesAt(view, at);
  if (total < frameBytesMin || total > limits.frameBytesMax) return { kind: 'corrupt', reason: 'length' };
  if (view.byteLength - at < total) return INCOMPLETE;
  if (crc32(part(view, at + VERSION_AT, at + total)) !== view.getUint32(at + CHECKSUM_AT, true)) {
    return { kind: 'corrupt', reason: 'checksum' };
  }
  const version = view.getUint8(at + VERSION_AT);
  if (version !== VERSION && version !== VERSION_CONTINUING)
    return { kind: 'unsupported', reason: `frame version ${version}` };
  const keyId = view.getUint32(at + KEY_ID_AT, true);
  if (keyId !== NOT_ENCRYPTED) return { kind: 'unsupported', reason: `encryption key ${keyId}` };
  return { kind: 'complete', bytes: total };
}

const INCOMPLETE: FrameCheck = { kind: 'incomplete' };

/** Bytes of a frame that is known to be complete. */
export function frameBytesAt(view: DataView, at: number): number {
  return VERSION_AT + view.getUint32(at, true);
}

/** Whether a frame that is known to be intact was written in one go with the one before it. */
export function isContinuingAt(view: DataView, at: number): boolean {
  return view.getUint8(at + VERSION_AT) === VERSION_CONTINUING;
}

/** Offset of a frame that is known to be complete. */
export function frameOffsetAt(view: DataView, at: number): bigint {
  return view.getBigUint64(at + OFFSET_AT, true);
}

/** Leader epoch of a frame that is known to be complete. */
export function frameLeaderEpochAt(view: DataView, at: number): number {
  return view.getUint32(at + LEADER_EPOCH_AT, true);
}

/** When the log took the record of a frame that is known to be complete, milliseconds since 1970. */
export function frameTimestampMsAt(view: DataView, at: number): number {
  return view.getInt32(at + TIMESTAMP_AT + 4, true) * TWO_TO_32 + view.getUint32(at + TIMESTAMP_AT, true);
}

/** The leaf hash as stored, for a Merkle log over the records. */
export function leafHashAt(view: DataView, at: number): Uint8Array {
  return part(view, at + LEAF_HASH_AT, at + OFFSET_AT);
}

/**
 * Finds the first intact frame at or after `from` whose offset is `offsetMin` or later and before `offsetEnd`, which is, unless told
 * otherwise, what offsets without gaps can reach within these bytes. It tells a torn end, after which nothing was written, from
 * damage in the middle.
 */
export function findFrame(
  view: DataView,
  from: number,
  offsetMin: bigint,
  offsetEnd: bigint = offsetMin + BigInt(view.byteLength),
): number | undefined {
  for (let at = from; at + frameBytesMin <= view.byteLength; at++) {
    // The length and the offset are cheap to look at and rule out nearly every place.
    if (frameBytesAt(view, at) > view.byteLength - at) continue;
    const offset = frameOffsetAt(view, at);
    if (offset < offsetMin || offset >= offsetEnd) continue;
    const check = checkFrame(view, at);
    if (check.kind === 'complete' || check.kind === 'unsupported') return at;
  }
  return undefined;
}

/** Which partition the bytes are of: what a position has beyond the frame. */
export interface FramePlace {
  readonly topic: string;
  readonly incarnation: Incarnation;
  readonly partition: number;
}

/**
 * The record of a frame that `checkFrame` found complete; undefined when its payload is not laid out as the format says. Key and
 * values are views of the same memory, not copies: they keep all of it alive for as long as they are kept.
 */
export function recordAt(view: DataView, at: number, place: FramePlace): LogRecord | undefined {
  const end = at + frameBytesAt(view, at);
  const keyAt = at + PAYLOAD_AT + 4;
  const keyLength = view.getInt32(keyAt - 4, true);
  const keyEnd = keyLength > 0 ? keyAt + keyLength : keyAt;
  if (keyLength < -1 || keyEnd + 8 > end) return undefined;
  const headers = headersAt(view, keyEnd, end);
  if (headers === undefined) return undefined;
  const valueAt = headers.end + 4;
  if (valueAt > end) return undefined;
  const valueLength = view.getInt32(headers.end, true);
  if (valueLength < -1 || (valueLength > 0 ? valueAt + valueLength : valueAt) !== end) return undefined;
  return {
    position: {
      topic: place.topic,
      incarnation: place.incarnation,
      partition: place.partition,
      leaderEpoch: view.getUint32(at + LEADER_EPOCH_AT, true),
      offset: frameOffsetAt(view, at),
    },
    timestampMs: frameTimestampMsAt(view, at),
    key: keyLength === -1 ? null : part(view, keyAt, keyEnd),
    headers: headers.list,
    value: valueLength === -1 ? null : part(view, valueAt, end),
  };
}

function headersAt(
  view: DataView,
  from: number,
  end: number,
): { list: readonly RecordHeader[]; end: number } | undefined {
  const known = lastHeaders;
  if (known !== undefined && isAt(view, from, end, known.bytes))
    return { list: known.list, end: from + known.bytes.length };
  const found = readHeaders(view, from, end);
  if (found !== undefined && found.end - from <= REMEMBERED_HEADER_BYTES_MAX) {
    // Read again from a copy: the views of these would keep all of the segment's bytes alive.
    const bytes = part(view, from, found.end).slice();
    const list = readHeaders(viewOf(bytes), 0, bytes.length)?.list;
    if (list !== undefined) lastHeaders = { bytes, list };
  }
  return found;
}

/**
 * Records of one producer mostly have the same headers: those read last are compared, byte by byte, before others are decoded, and
 * shared where they are the same.
 */
let lastHeaders: { readonly bytes: Uint8Array; readonly list: readonly RecordHeader[] } | undefined;
const REMEMBERED_HEADER_BYTES_MAX = 256;

function isAt(view: DataView, from: number, end: number, bytes: Uint8Array): boolean {
  if (from + bytes.length > end) return false;
  for (let at = 0; at < bytes.length; at++) if (view.getUint8(from + at) !== bytes[at]) return false;
  return true;
}

function readHeaders(
  view: DataView,
  from: number,
  end: number,
): { list: readonly RecordHeader[]; end: number } | undefined {
  const count = view.getUint32(from, true);
  let at = from + 4;
  const list: RecordHeader[] = [];
  for (let i = 0; i < count; i++) {
    if (at + 4 > end) return undefined;
    const nameEnd = at + 4 + view.getUint32(at, true);
    if (nameEnd + 4 > end) return undefined;
    const valueEnd = nameEnd + 4 + view.getUint32(nameEnd, true);
    if (valueEnd > end) return undefined;
    list.push([textOf(view, at + 4, nameEnd), part(view, nameEnd + 4, valueEnd)]);
    at = valueEnd;
  }
  return { list, end: at };
}

function textOf(view: DataView, from: number, to: number): string {
  return Buffer.from(view.buffer, view.byteOffset + from, to - from).toString('utf8');
}

function part(of: DataView | Buffer, from: number, to: number): Uint8Array {
  return new Uint8Array(of.buffer, of.byteOffset + from, to - from);
}

function encodePayload(into: Buffer, from: number, record: FrameContent): number {
  let at = encodeBytes(into, from, record.key);
  at = into.writeUInt32LE(record.headers.length, at);
  for (const [name, value] of record.headers) {
    const nameBytes = into.write(name, at + 4, 'utf8');
    at = into.writeUInt32LE(nameBytes, at) + nameBytes;
    at = into.writeUInt32LE(value.length, at);
    into.set(value, at);
    at += value.length;
  }
  return encodeBytes(into, at, record.value);
}

function encodeBytes(into: Buffer, at: number, bytes: Uint8Array | null): number {
  if (bytes === null) return into.writeInt32LE(-1, at);
  into.writeInt32LE(bytes.length, at);
  into.set(bytes, at + 4);
  return at + 4 + bytes.length;
}
