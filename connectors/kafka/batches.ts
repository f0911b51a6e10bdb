/**
 * Record batches of format 2 as they stand in a fetch answer (Kafka documentation, "Record Batch"). Only heads are read at first: what
 * follows a batch, and its epoch, are in the head, and the records of aborted transactions are never unpacked.
 */
import { crc32c } from '@platformatic/kafka';
import { limits } from '../../src/limits.js';
import type { RecordHeader } from '../../src/log/port.js';
import { unpack, unreadable } from './codecs.js';

/** Of `attributes`, beside the codec. */
export const LOG_APPEND_TIME = 1 << 3;
export const TRANSACTIONAL = 1 << 4;
export const CONTROL = 1 << 5;

const FORMAT = 2;
/** First offset and length, which `length` does not count. */
const PREFIX_BYTES = 12;
const HEAD_BYTES = 61;
const CRC_FROM = 21;

export interface WireRecord {
  readonly offsetDelta: number;
  readonly timestampDeltaMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}

export interface WireBatch {
  readonly firstOffset: bigint;
  /** The offset after it; compaction may have taken the records before. */
  readonly end: bigint;
  readonly leaderEpoch: number;
  readonly attributes: number;
  readonly firstTimestampMs: number;
  readonly maxTimestampMs: number;
  readonly producerId: bigint;
  /** Throws `log_damaged`. */
  records(): readonly WireRecord[];
}

export interface BatchScan {
  readonly batches: readonly WireBatch[];
  /** Why the batch after them cannot be read. */
  readonly damage: unknown;
}

/** The whole batches; a broker may cut the last one off. Each is held against its checksum. */
export function scanBatches(bytes: Buffer): BatchScan {
  const batches: WireBatch[] = [];
  try {
    for (let at = 0; at + PREFIX_BYTES <= bytes.length; ) {
      const size = PREFIX_BYTES + bytes.readInt32BE(at + 8);
      if (at + size > bytes.length && size >= HEAD_BYTES) break;
      batches.push(readHead(bytes.subarray(at, at + size)));
      at += size;
    }
  } catch (damage) {
    return { batches, damage };
  }
  return { batches, damage: undefined };
}

function readHead(bytes: Buffer): WireBatch {
  // Formats 0 and 1 have their number at the same place.
  if (bytes.length > 16 && bytes.readInt8(16) !== FORMAT) throw unreadable('it is of a format older than Kafka 0.11');
  if (bytes.length < HEAD_BYTES) throw unreadable('it is shorter than its head');
  if (crc32c(bytes.subarray(CRC_FROM)) !== bytes.readUInt32BE(17)) throw unreadable('its checksum is wrong');
  const firstOffset = bytes.readBigInt64BE(0);
  const attributes = bytes.readInt16BE(21);
  const recordCount = bytes.readInt32BE(57);
  return {
    firstOffset,
    end: firstOffset + BigInt(bytes.readInt32BE(23)) + 1n,
    leaderEpoch: bytes.readInt32BE(12),
    attributes,
    firstTimestampMs: Number(bytes.readBigInt64BE(27)),
    maxTimestampMs: Number(bytes.readBigInt64BE(35)),
    producerId: bytes.readBigInt64BE(43),
    records: () => {
      const unpacked = unpack(attributes, bytes.subarray(HEAD_BYTES), limits.remoteBatchBytesMax);
      return new RecordReader(unpacked).records(recordCount);
    },
  };
}

/** Reads on from `at`, through a buffer whose end it never passes unnoticed. */
class RecordReader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  records(count: number): readonly WireRecord[] {
    const records: WireRecord[] = [];
    try {
      for (let i = 0; i < count; i++) records.push(this.record());
    } catch (error) {
      throw unreadable('a record does not end where it says', error);
    }
    return records;
  }

  private record(): WireRecord {
    const length = this.varint();
    const end = this.at + length;
    // One byte of attributes, unused.
    this.at += 1;
    const timestampDeltaMs = this.varint();
    const offsetDelta = this.varint();
    const key = this.field();
    const value = this.field();
    const headers: RecordHeader[] = [];
    for (let left = this.varint(); left > 0; left--) {
      const name = this.field();
      // No value and an empty one are the same to a reader of headers.
      headers.push([name === null ? '' : name.toString('utf8'), this.field() ?? Buffer.alloc(0)]);
    }
    if (this.at !== end || end > this.bytes.length) throw new RangeError(`a record of ${length} bytes ends elsewhere`);
    return { offsetDelta, timestampDeltaMs, key, value, headers };
  }

  private field(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    const from = this.at;
    this.at += length;
    if (this.at > this.bytes.length) throw new RangeError('a field ends past its batch');
    return this.bytes.subarray(from, this.at);
  }

  /** Zigzag, as protocol buffers have it. Past 32 bits it is counted as a float: timestamps fit, and no length is that long. */
  private varint(): number {
    let raw = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.bytes[this.at++];
      if (byte === undefined || scale > 2 ** 63) throw new RangeError('a number ends past its batch');
      raw += (byte & 0x7f) * scale;
      if (byte < 0x80) return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
    }
  }
}
