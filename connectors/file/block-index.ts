/**
 * A segment in blocks of at most `limits.blockRecordsMax` records and, unless one record is larger, `limits.blockBytesMax`
 * bytes. Per block it holds in memory where it begins, its first offset, how many records come before it and a CRC-32 of its bytes. The checksum is taken when the
 * frames are checked one by one (at open) or made (at append), so a later read checks a block with one call, at a third of the
 * cost of its frames' checksums.
 */
import { crc32 } from 'node:zlib';
import { limits } from '../../src/limits.js';
import { frameBytesAt, frameOffsetAt, frameTimestampMsAt, viewOf } from './frame.js';

/** Whole blocks that lie one after the other, as they are now; the last one of a segment may grow later. */
export interface BlockRange {
  readonly first: number;
  /** Byte of the file at which the first begins. */
  readonly place: number;
  /** Where each ends, in bytes from `place`. */
  readonly ends: readonly number[];
  readonly checksums: readonly number[];
}

/** The index of a segment that is written to no more, as numbers alone; entry `i` of each list is of block `i`. */
export interface BlockColumns {
  /** Byte of the file at which the block begins. */
  readonly places: readonly number[];
  /** Its first offset, counted from the segment's base. */
  readonly offsets: readonly number[];
  /** Records of the segment before the block: offsets may have gaps, so they do not tell. */
  readonly counts: readonly number[];
  readonly checksums: readonly number[];
  readonly recordCount: number;
  /** Byte of the file at which the last block ends. */
  readonly end: number;
  readonly newestMs: number;
}

export class BlockIndex {
  #places: number[] = [];
  /** Relative to the segment's base: a segment is far too small for more than 2^53 of them. */
  #offsets: number[] = [];
  #counts: number[] = [];
  #checksums: number[] = [];
  readonly #baseOffset: bigint;
  #recordCount = 0;
  #end: number;
  #newestMs = Number.NEGATIVE_INFINITY;

  /** `place` is the byte at which the first frame will be. */
  constructor(baseOffset: bigint, place: number) {
    this.#baseOffset = baseOffset;
    this.#end = place;
  }

  /** Of a segment that is written to no more. */
  static restore(baseOffset: bigint, columns: BlockColumns): BlockIndex {
    const index = new BlockIndex(baseOffset, columns.end);
    index.#places = [...columns.places];
    index.#offsets = [...columns.offsets];
    index.#counts = [...columns.counts];
    index.#recordCount = columns.recordCount;
    index.#checksums = [...columns.checksums];
    index.#newestMs = columns.newestMs;
    return index;
  }

  /** Newest timestamp of the records, milliseconds since 1970; -Infinity when there is none. */
  get newestMs(): number {
    return this.#newestMs;
  }

  /** Records of the segment. */
  get recordCount(): number {
    return this.#recordCount;
  }

  columns(): BlockColumns {
    return {
      places: this.#places,
      offsets: this.#offsets,
      counts: this.#counts,
      recordCount: this.#recordCount,
      checksums: this.#checksums,
      end: this.#end,
      newestMs: this.#newestMs,
    };
  }

  /** Takes whole, intact frames that follow those already taken. */
  extend(frames: Buffer): void {
    const view = viewOf(frames);
    let from = 0;
    let at = 0;
    while (at < frames.length) {
      const bytes = frameBytesAt(view, at);
      if (this.#isFullFor(at - from + bytes)) {
        this.#take(frames.subarray(from, at));
        from = at;
        this.#begin(frameOffsetAt(view, at));
      }
      this.#newestMs = Math.max(this.#newestMs, frameTimestampMsAt(view, at));
      this.#recordCount++;
      at += bytes;
    }
    this.#take(frames.subarray(from, at));
  }

  /** The last block that begins at or before `offset`; 0 when there is none. */
  blockOf(offset: bigint): number {
    const wanted = Number(offset - this.#baseOffset);
    let low = 0;
    let high = this.#offsets.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#offsets[middle] ?? Number.POSITIVE_INFINITY) <= wanted) low = middle + 1;
      else high = middle;
    }
    return Math.max(low - 1, 0);
  }

  /** Records before the block. */
  countBefore(block: number): number {
    return this.#counts[block] ?? this.#recordCount;
  }

  firstOffset(block: number): bigint {
    return this.#baseOffset + BigInt(this.#offsets[block] ?? 0);
  }

  /** First offset behind the range; undefined when it reaches to the end of the segment. */
  endOf(range: BlockRange): bigint | undefined {
    const next = this.#offsets[range.first + range.ends.length];
    return next === undefined ? undefined : this.#baseOffset + BigInt(next);
  }

  /** Blocks from `first` through `last`, fewer when they would exceed `limits.readBytesMax`, at least one if there is one. */
  range(first: number, last: number): BlockRange {
    const place = this.#places[first] ?? this.#end;
    const ends: number[] = [];
    for (let block = first; block <= last && block < this.#places.length; block++) {
      const end = (this.#places[block + 1] ?? this.#end) - place;
      if (ends.length > 0 && end > limits.readBytesMax) break;
      ends.push(end);
    }
    return { first, place, ends, checksums: this.#checksums.slice(first, first + ends.length) };
  }

  #isFullFor(bytesWithin: number): boolean {
    const last = this.#places.at(-1);
    const recordsInLast = this.#recordCount - (this.#counts.at(-1) ?? 0);
    if (last === undefined || recordsInLast === limits.blockRecordsMax) return true;
    return this.#end - last + bytesWithin > limits.blockBytesMax;
  }

  #begin(offset: bigint): void {
    this.#places.push(this.#end);
    this.#offsets.push(Number(offset - this.#baseOffset));
    this.#counts.push(this.#recordCount);
    this.#checksums.push(0);
  }

  /** Adds bytes to the last block. */
  #take(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#checksums.push(crc32(bytes, this.#checksums.pop() ?? 0));
    this.#end += bytes.length;
  }
}
