/**
 * Unpacks the records of one batch, whoever has packed them, and never to more than a bound: a batch of a few kilobytes may claim
 * gigabytes. What a codec's own head says is believed only where it refuses; where nothing is said, unpacking stops at the bound.
 */
import { gunzipSync } from 'node:zlib';
import { compressionsAlgorithms } from '@platformatic/kafka';
import { Decompress } from 'fzstd';
import { TidemarkError } from '../../src/errors.js';

/** The three low bits of a batch's attributes. */
const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/** Before the blocks of snappy-java's stream, which Java producers write: a name, a version and the oldest reader's version. */
const XERIAL_MAGIC = Buffer.from('\x82SNAPPY\0', 'latin1');
const XERIAL_HEAD_BYTES = 16;

const ZSTD_MAGIC = 0xfd2fb528;
const ZSTD_SKIPPABLE = 0x184d2a50;
const LZ4_MAGIC = 0x184d2204;

/** A batch that cannot be read: damaged, of a codec or a format that nobody here knows, or larger than is unpacked. */
export function unreadable(why: string, cause?: unknown): TidemarkError {
  return new TidemarkError({
    code: 'log_damaged',
    message: `A batch of records cannot be read: ${why}.`,
    advice: 'Look at the batch with the tools of Kafka; reading stays before it until it is gone or can be read.',
    retriable: true,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Throws `log_damaged` when the bytes are no such data, or more than `bytesMax` when unpacked. */
export function unpack(attributes: number, packed: Buffer, bytesMax: number): Buffer {
  const codec = CODECS[attributes & 0b111];
  if (codec === undefined) throw unreadable('its codec is unknown');
  try {
    const bytes = unpackBy(codec, packed, bytesMax);
    if (bytes.length > bytesMax) throw tooLarge();
    return bytes;
  } catch (error) {
    if (error instanceof TidemarkError) throw error;
    throw isBufferTooLarge(error) ? tooLarge() : unreadable(`it is no ${codec}`, error);
  }
}

function unpackBy(codec: (typeof CODECS)[number], packed: Buffer, bytesMax: number): Buffer {
  switch (codec) {
    case 'none':
      return packed;
    case 'gzip':
      return gunzipSync(packed, { maxOutputLength: bytesMax });
    case 'snappy':
      return packed.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)
        ? unpackXerial(packed, bytesMax)
        : unpackSnappy(packed, bytesMax);
    case 'lz4':
      if (lz4BytesMax(packed) > bytesMax) throw tooLarge();
      return compressionsAlgorithms.lz4.decompressSync(packed);
    case 'zstd':
      return unpackZstd(packed, bytesMax);
  }
}

function isBufferTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}

function tooLarge(): TidemarkError {
  return unreadable('it is larger than what is unpacked');
}

/** One block; it begins with its unpacked size as a variable length number (google/snappy, format_description.txt). */
function unpackSnappy(block: Buffer, bytesMax: number): Buffer {
  let size = 0;
  for (let i = 0, scale = 1; i < 5; i++, scale *= 128) {
    const byte = block.readUInt8(i);
    size += (byte & 0x7f) * scale;
    if (byte < 0x80) break;
  }
  if (size > bytesMax) throw tooLarge();
  return compressionsAlgorithms.snappy.decompressSync(block);
}

function unpackXerial(packed: Buffer, bytesMax: number): Buffer {
  const blocks: Buffer[] = [];
  let left = bytesMax;
  for (let at = XERIAL_HEAD_BYTES; at < packed.length; ) {
    const size = packed.readInt32BE(at);
    if (size < 0 || at + 4 + size > packed.length) throw unreadable('a block of snappy is cut');
    const block = unpackSnappy(packed.subarray(at + 4, at + 4 + size), left);
    blocks.push(block);
    left -= block.length;
    at += 4 + size;
  }
  return Buffer.concat(blocks);
}

/** At most so much comes out of an LZ4 frame: full blocks, of the size that the frame's head names (lz4_Frame_format.md). */
function lz4BytesMax(packed: Buffer): number {
  if (packed.readUInt32LE(0) !== LZ4_MAGIC) throw unreadable('it is no frame of lz4');
  const flags = packed.readUInt8(4);
  const blockBytesMax = 2 ** (8 + 2 * ((packed.readUInt8(5) >> 4) & 0b111));
  const checksumBytes = (flags & 0b1_0000) === 0 ? 0 : 4;
  let at = 7 + ((flags & 0b1000) === 0 ? 0 : 8);
  let bytes = 0;
  for (;;) {
    const word = packed.readUInt32LE(at);
    if (word === 0) return bytes;
    const size = word % 2 ** 31;
    bytes += word >= 2 ** 31 ? size : Math.min(blockBytesMax, size * 255);
    at += 4 + size + checksumBytes;
  }
}

function unpackZstd(packed: Buffer, bytesMax: number): Buffer {
  for (const window of zstdWindows(packed)) {
    if (window > bytesMax) throw tooLarge();
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const stream = new Decompress((chunk) => {
    bytes += chunk.length;
    if (bytes > bytesMax) throw tooLarge();
    chunks.push(chunk);
  });
  stream.push(packed, true);
  return Buffer.concat(chunks, bytes);
}

/** The memory that each frame asks for before its first byte comes out (RFC 8878 section 3.1.1). */
function* zstdWindows(packed: Buffer): Generator<number> {
  for (let at = 0; at < packed.length; ) {
    const magic = packed.readUInt32LE(at);
    if ((magic & 0xfffffff0) === ZSTD_SKIPPABLE) {
      at += 8 + packed.readUInt32LE(at + 4);
      continue;
    }
    if (magic !== ZSTD_MAGIC) throw unreadable('it is no frame of zstd');
    const head = packed.readUInt8(at + 4);
    const single = (head & 0b10_0000) !== 0;
    const sizeBytes = [single ? 1 : 0, 2, 4, 8][head >> 6] ?? 0;
    const dictionaryBytes = [0, 1, 2, 4][head & 0b11] ?? 0;
    const window = packed.readUInt8(at + 5);
    at += 5 + (single ? 0 : 1) + dictionaryBytes;
    yield single ? littleEndian(packed, at, sizeBytes) : 2 ** (10 + (window >> 3)) * (1 + (window & 0b111) / 8);
    at += sizeBytes;
    for (let last = false; !last; ) {
      const block = packed.readUIntLE(at, 3);
      last = (block & 1) === 1;
      at += 3 + (((block >> 1) & 0b11) === 1 ? 1 : block >> 3);
    }
    at += (head & 0b100) === 0 ? 0 : 4;
  }
}

/** Frame content sizes of two bytes count from 256. */
function littleEndian(bytes: Buffer, at: number, length: number): number {
  let value = 0;
  for (let i = length - 1; i >= 0; i--) value = value * 256 + bytes.readUInt8(at + i);
  return length === 2 ? value + 256 : value;
}
