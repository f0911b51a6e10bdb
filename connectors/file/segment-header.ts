/**
 * The header of a segment file: which log, topic, incarnation and partition its frames are of. A file that strayed into the
 * folder is recognised by it. Integers are little-endian, text is a u16 length and UTF-8.
 *
 * | bytes | field         | meaning                                                          |
 * |------:|---------------|------------------------------------------------------------------|
 * |     8 | magic         | `TIDEMARK`                                                       |
 * |     2 | version       | u16, 1                                                           |
 * |     2 | length        | u16, bytes of the whole header                                   |
 * |     4 | partition     | u32                                                              |
 * |     4 | ownerEpoch    | u32, of the owner that wrote the segment; 0 in the embedded log  |
 * |     8 | baseOffset    | u64, offset of the first frame, also the file's name             |
 * |       | logId         | text                                                             |
 * |       | topic         | text                                                             |
 * |       | incarnationId | text                                                             |
 * |     4 | checksum      | u32, CRC-32 over everything before it                            |
 */
import { crc32 } from 'node:zlib';
import type { Incarnation } from '../../src/domain/position.js';

/** One partition of one log: what all its segments have in common. */
export interface PartitionIdentity {
  readonly logId: string;
  readonly topic: string;
  readonly incarnation: Incarnation;
  readonly partition: number;
}

const MAGIC = Buffer.from('TIDEMARK', 'latin1');
const VERSION = 1;
const OWNER_EPOCH_AT = 16;
/** Of the embedded log, which belongs to its folder and to nobody else. */
export const noOwner = 0;

export function segmentHeader(identity: PartitionIdentity, baseOffset: bigint, ownerEpoch: number): Buffer {
  const texts = [identity.logId, identity.topic, identity.incarnation.id].map((text) => {
    const bytes = Buffer.from(text, 'utf8');
    const length = Buffer.alloc(2);
    length.writeUInt16LE(bytes.length);
    return Buffer.concat([length, bytes]);
  });
  const fixed = Buffer.alloc(28);
  const header = Buffer.concat([fixed, ...texts, Buffer.alloc(4)]);
  MAGIC.copy(header);
  header.writeUInt16LE(VERSION, 8);
  header.writeUInt16LE(header.length, 10);
  header.writeUInt32LE(identity.partition, 12);
  header.writeUInt32LE(ownerEpoch, OWNER_EPOCH_AT);
  header.writeBigUInt64LE(baseOffset, 20);
  header.writeUInt32LE(crc32(header.subarray(0, -4)), header.length - 4);
  return header;
}

/** Who wrote a file, by its first bytes; what a crash left out of them counts as zero. */
export function ownerEpochIn(bytes: Buffer): number {
  const found = Buffer.alloc(OWNER_EPOCH_AT + 4);
  bytes.copy(found);
  return found.readUInt32LE(OWNER_EPOCH_AT);
}

/** What the first bytes of a file are, seen against the header they should be. */
export type HeaderCheck =
  | { readonly kind: 'expected' }
  /** The beginning of the expected header, then the file's end or zeros: a crash while the segment was created. */
  | { readonly kind: 'torn' }
  | { readonly kind: 'foreign'; readonly reason: string };

/** `bytes` are the file's first bytes, as many as `expected` has if the file is that long. */
export function checkSegmentHeader(bytes: Buffer, expected: Buffer, fileBytes: number): HeaderCheck {
  if (bytes.equals(expected)) return { kind: 'expected' };
  if (fileBytes <= expected.length && isTorn(bytes, expected)) return { kind: 'torn' };
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return foreign('it does not begin as a segment does');
  if (bytes.length >= 10 && bytes.readUInt16LE(8) !== VERSION) {
    return foreign(`its format version is ${bytes.readUInt16LE(8)}, this program knows ${VERSION}`);
  }
  return foreign('its header is damaged, or of another log, topic, incarnation, partition or offset');
}

function foreign(reason: string): HeaderCheck {
  return { kind: 'foreign', reason };
}

function isTorn(bytes: Buffer, expected: Buffer): boolean {
  let same = 0;
  while (same < bytes.length && bytes[same] === expected[same]) same++;
  return bytes.subarray(same).every((byte) => byte === 0);
}

const SEGMENT_NAME = /^(\d{20})\.seg$/;
const ANY_NAME = /^(\d{20})\.(?:seg|idx|idx\.tmp)$/;

export function segmentName(baseOffset: bigint): string {
  return `${String(baseOffset).padStart(20, '0')}.seg`;
}

export function sidecarName(baseOffset: bigint): string {
  return `${String(baseOffset).padStart(20, '0')}.idx`;
}

/** The base offset a file name stands for; undefined for a name that is no segment's. */
export function baseOffsetOf(name: string): bigint | undefined {
  return offsetIn(SEGMENT_NAME, name);
}

/** The base offset of a segment or of what lies beside it; undefined for other names. */
export function baseOffsetOfAny(name: string): bigint | undefined {
  return offsetIn(ANY_NAME, name);
}

function offsetIn(pattern: RegExp, name: string): bigint | undefined {
  const digits = pattern.exec(name)?.[1];
  return digits === undefined ? undefined : BigInt(digits);
}
