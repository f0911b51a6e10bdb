/**
 * The sidecar of a sealed segment, `<base>.idx`: its block index as it was in memory when the segment was left, so that the next
 * start need not go through the segment's frames. A hint and never truth: whatever is not as it should be is rebuilt from the
 * segment, and reads check each block's bytes all the same. Integers are little-endian.
 *
 * | bytes | field        | meaning                                                                      |
 * |------:|--------------|------------------------------------------------------------------------------|
 * |     8 | magic        | `TIDEMIDX`                                                                   |
 * |     2 | version      | u16, 2                                                                       |
 * |     2 | headerBytes  | u16, bytes of the segment's header                                           |
 * |     4 | blocks       | u32, how many                                                                |
 * |     8 | end          | u64, the offset after the segment's last record                              |
 * |     8 | segmentBytes | f64, bytes of the segment's file                                             |
 * |     8 | newestMs     | f64, newest timestamp of its records, milliseconds since 1970                |
 * |     4 | records      | u32, how many records the segment has                                        |
 * |       | header       | the segment's header, byte for byte: which segment this is of                |
 * |  16 × | blocks       | u32 place in the file, u32 first offset from the base, u32 records before, u32 CRC-32 of the block |
 * |     4 | checksum     | u32, CRC-32 over everything before it                                        |
 */
import { crc32 } from 'node:zlib';
import type { BlockColumns } from './block-index.js';
import { viewOf } from './frame.js';

const MAGIC = Buffer.from('TIDEMIDX', 'latin1');
const VERSION = 2;
const FIXED_BYTES = 44;
const BLOCK_BYTES = 16;
const CHECKSUM_BYTES = 4;

export interface SidecarContent {
  readonly end: bigint;
  readonly columns: BlockColumns;
}

export type ParsedSidecar =
  | ({ readonly kind: 'parsed' } & SidecarContent)
  | { readonly kind: 'unusable'; readonly why: string };

/** Whether the blocks' offsets can be told in 32 bits. */
export function fitsSidecar({ offsets }: BlockColumns): boolean {
  return (offsets.at(-1) ?? 0) < 2 ** 32;
}

/** `header` is the segment's. */
export function encodeSidecar(header: Buffer, { end, columns }: SidecarContent): Buffer {
  const blocksAt = FIXED_BYTES + header.length;
  const bytes = Buffer.alloc(blocksAt + BLOCK_BYTES * columns.places.length + CHECKSUM_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt16LE(VERSION, 8);
  bytes.writeUInt16LE(header.length, 10);
  bytes.writeUInt32LE(columns.places.length, 12);
  bytes.writeBigUInt64LE(end, 16);
  bytes.writeDoubleLE(columns.end, 24);
  bytes.writeDoubleLE(columns.newestMs, 32);
  bytes.writeUInt32LE(columns.recordCount, 40);
  header.copy(bytes, FIXED_BYTES);
  for (const [i, place] of columns.places.entries()) {
    const at = blocksAt + BLOCK_BYTES * i;
    bytes.writeUInt32LE(place, at);
    bytes.writeUInt32LE(columns.offsets[i] ?? 0, at + 4);
    bytes.writeUInt32LE(columns.counts[i] ?? 0, at + 8);
    bytes.writeUInt32LE(columns.checksums[i] ?? 0, at + 12);
  }
  bytes.writeUInt32LE(crc32(bytes.subarray(0, -CHECKSUM_BYTES)), bytes.length - CHECKSUM_BYTES);
  return bytes;
}

/** Reads what should be the sidecar of the segment with this header. */
export function parseSidecar(bytes: Buffer, header: Buffer): ParsedSidecar {
  if (bytes.length < FIXED_BYTES + CHECKSUM_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    return unusable('it is no sidecar');
  }
  const version = bytes.readUInt16LE(8);
  if (version !== VERSION) return unusable(`its format version is ${version}, this program knows ${VERSION}`);
  if (crc32(bytes.subarray(0, -CHECKSUM_BYTES)) !== bytes.readUInt32LE(bytes.length - CHECKSUM_BYTES)) {
    return unusable('its checksum is wrong');
  }
  if (!bytes.subarray(FIXED_BYTES, FIXED_BYTES + bytes.readUInt16LE(10)).equals(header)) {
    return unusable('it is of another segment');
  }
  const blocksAt = FIXED_BYTES + header.length;
  const blocks = bytes.readUInt32LE(12);
  if (blocks === 0 || blocksAt + BLOCK_BYTES * blocks + CHECKSUM_BYTES !== bytes.length) {
    return unusable('its length is not that of its blocks');
  }
  const columns = {
    ...blockLists(bytes, blocksAt),
    end: bytes.readDoubleLE(24),
    newestMs: bytes.readDoubleLE(32),
    recordCount: bytes.readUInt32LE(40),
  };
  return { kind: 'parsed', end: bytes.readBigUInt64LE(16), columns };
}

function blockLists(
  bytes: Buffer,
  blocksAt: number,
): Pick<BlockColumns, 'places' | 'offsets' | 'counts' | 'checksums'> {
  const view = viewOf(bytes);
  const places: number[] = [];
  const offsets: number[] = [];
  const counts: number[] = [];
  const checksums: number[] = [];
  for (let at = blocksAt; at < bytes.length - CHECKSUM_BYTES; at += BLOCK_BYTES) {
    places.push(view.getUint32(at, true));
    offsets.push(view.getUint32(at + 4, true));
    counts.push(view.getUint32(at + 8, true));
    checksums.push(view.getUint32(at + 12, true));
  }
  return { places, offsets, counts, checksums };
}

function unusable(why: string): ParsedSidecar {
  return { kind: 'unusable', why };
}
