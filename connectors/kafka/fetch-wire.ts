/**
 * Fetch, version 13: the first by topic id (KIP-516), in every broker from 3.1 to 4.x, and with the epoch of the last record read, by
 * which the leader itself tells that its history has parted from ours (KIP-595). Written out here because the client's own reader
 * skips tagged fields by a wrong length: an answer that holds a parting, or the new leader of a later version, comes out as garbage.
 */
import { type Reader, Writer } from '@platformatic/kafka';
import type { AbortedTransaction } from './records.js';

export const FETCH_API_KEY = 1;
export const FETCH_VERSION = 13;

const READ_COMMITTED = 1;
const CONSUMER_REPLICA = -1;
const NO_SESSION = 0;
/** Asks for no session: the answer names every partition, and the broker keeps nothing. */
const SESSIONLESS = -1;
const UNKNOWN = -1;
const DIVERGING_EPOCH_TAG = 0;

export interface PartitionAsk {
  readonly topicId: string;
  readonly partition: number;
  readonly offset: bigint;
  /** Of the record before `offset`; null: not known, and nothing is compared. */
  readonly lastEpoch: number | null;
  readonly leaderEpoch: number;
}

export interface FetchBounds {
  readonly waitMsMax: number;
  readonly bytesMax: number;
  readonly partitionBytesMax: number;
}

export interface FetchedPartition {
  readonly topicId: string;
  readonly partition: number;
  readonly errorCode: number;
  /** The leader's history has parted from ours: its largest epoch up to ours, and the offset after that epoch's last record. */
  readonly diverging: { readonly leaderEpoch: number; readonly end: bigint } | null;
  readonly aborted: readonly AbortedTransaction[];
  /** Record batches, the last one perhaps cut off. */
  readonly bytes: Buffer;
}

export interface FetchAnswer {
  readonly errorCode: number;
  readonly partitions: readonly FetchedPartition[];
}

/** Partitions in the order in which the answer's bytes are given to them; those of one topic need not stand together. */
export function writeFetch(asks: readonly PartitionAsk[], bounds: FetchBounds): Writer {
  return Writer.create()
    .appendInt32(CONSUMER_REPLICA)
    .appendInt32(bounds.waitMsMax)
    .appendInt32(1)
    .appendInt32(bounds.bytesMax)
    .appendInt8(READ_COMMITTED)
    .appendInt32(NO_SESSION)
    .appendInt32(SESSIONLESS)
    .appendArray(topicsOf(asks), (writer, [topicId, partitions]) => {
      writer.appendUUID(topicId).appendArray([...partitions], (inner, ask) => {
        inner
          .appendInt32(ask.partition)
          .appendInt32(ask.leaderEpoch)
          .appendInt64(ask.offset)
          .appendInt32(ask.lastEpoch ?? UNKNOWN)
          .appendInt64(BigInt(UNKNOWN))
          .appendInt32(bounds.partitionBytesMax);
      });
    })
    .appendArray([], () => undefined)
    .appendString('')
    .appendTaggedFields();
}

function topicsOf(asks: readonly PartitionAsk[]): [string, PartitionAsk[]][] {
  const topics = new Map<string, PartitionAsk[]>();
  for (const ask of asks) {
    const partitions = topics.get(ask.topicId);
    if (partitions === undefined) topics.set(ask.topicId, [ask]);
    else partitions.push(ask);
  }
  return [...topics];
}

export function readFetch(_correlationId: number, _apiKey: number, _apiVersion: number, reader: Reader): FetchAnswer {
  const answer = new AnswerReader(reader.buffer.buffer);
  // Throttle time: the broker itself waits.
  answer.int32();
  const errorCode = answer.int16();
  answer.int32();
  const topics = answer.array(() => {
    const topicId = answer.uuid();
    const partitions = answer.array(() => readPartition(answer, topicId));
    answer.tags(() => undefined);
    return partitions;
  });
  return { errorCode, partitions: topics.flat() };
}

function readPartition(answer: AnswerReader, topicId: string): FetchedPartition {
  const partition = answer.int32();
  const errorCode = answer.int16();
  // High watermark, last stable offset and log start: they are asked for apart, when they are needed.
  for (let i = 0; i < 3; i++) answer.int64();
  const aborted = answer.array(() => {
    const transaction = { producerId: answer.int64(), firstOffset: answer.int64() };
    answer.tags(() => undefined);
    return transaction;
  });
  // The replica that would be nearer: we read from leaders.
  answer.int32();
  const bytes = answer.bytes();
  let diverging: FetchedPartition['diverging'] = null;
  answer.tags((tag) => {
    if (tag !== DIVERGING_EPOCH_TAG) return;
    const [leaderEpoch, end] = [answer.int32(), answer.int64()];
    if (leaderEpoch >= 0) diverging = { leaderEpoch, end };
  });
  return { topicId, partition, errorCode, diverging, aborted, bytes };
}

/** Compact types of the protocol (KIP-482). Node's reads throw past the end. */
class AnswerReader {
  private at = 0;

  constructor(private readonly buffer: Buffer) {}

  int16(): number {
    return this.buffer.readInt16BE(this.pass(2));
  }

  int32(): number {
    return this.buffer.readInt32BE(this.pass(4));
  }

  int64(): bigint {
    return this.buffer.readBigInt64BE(this.pass(8));
  }

  uuid(): string {
    const from = this.pass(16);
    const hex = this.buffer.subarray(from, this.at).toString('hex');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }

  /** Null and empty are the same to us. */
  array<Item>(item: () => Item): Item[] {
    const items: Item[] = [];
    for (let left = this.uvarint() - 1; left > 0; left--) items.push(item());
    return items;
  }

  bytes(): Buffer {
    const from = this.pass(Math.max(0, this.uvarint() - 1));
    return this.buffer.subarray(from, this.at);
  }

  /** Whatever `take` leaves of a field is passed. */
  tags(take: (tag: number) => void): void {
    for (let left = this.uvarint(); left > 0; left--) {
      const tag = this.uvarint();
      const size = this.uvarint();
      const end = this.at + size;
      take(tag);
      this.at = end;
    }
  }

  private uvarint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.buffer.readUInt8(this.pass(1));
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  private pass(length: number): number {
    const from = this.at;
    this.at += length;
    if (this.at > this.buffer.length) throw new RangeError('the answer ends early');
    return from;
  }
}
