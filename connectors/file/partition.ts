/** The durable records of one partition: its segments in order, and the last group commit kept in memory. */
import { crc32 } from 'node:zlib';
import { limits } from '../../src/limits.js';
import type { BlockRange } from './block-index.js';
import { damagedAt, damagedFile } from './damage.js';
import { systemCode } from './files.js';
import { checkFrame, frameOffsetAt, viewOf } from './frame.js';
import type { ReadHandles } from './handles.js';
import type { PartitionFolder } from './partition-folder.js';
import type { Segment } from './segment.js';
import type { PartitionIdentity } from './segment-header.js';
import { type Beginning, readStart } from './start-file.js';
import { Window } from './window.js';

/** Frames that were just made durable. A reader that keeps up takes them from here and not from the disk. */
interface Tail {
  readonly frames: Buffer;
  readonly firstOffset: bigint;
  readonly place: number;
}

export class Partition {
  readonly #at: PartitionFolder;
  /** In the order of their offsets, never empty; the last one is written to. */
  readonly #segments: Segment[];
  readonly #handles: ReadHandles;
  #last: Segment;
  #tail: Tail | undefined;
  #movedEnd: bigint;
  /** Records that have expired. */
  #expired: bigint;

  /** `records`: how many there were before the first segment. */
  constructor(
    at: PartitionFolder,
    segments: readonly [Segment, ...Segment[]],
    handles: ReadHandles,
    { records }: Pick<Beginning, 'records'>,
  ) {
    this.#at = at;
    this.#segments = [...segments];
    this.#last = segments.at(-1) ?? segments[0];
    this.#handles = handles;
    this.#movedEnd = this.#last.end;
    this.#expired = records;
  }

  get identity(): PartitionIdentity {
    return this.#at.identity;
  }

  get start(): bigint {
    return this.#segments[0]?.baseOffset ?? this.#last.baseOffset;
  }

  /** The offset after the last record that readers see, or after what followed it and left no record. */
  get end(): bigint {
    return this.#movedEnd > this.#last.end ? this.#movedEnd : this.#last.end;
  }

  /** The segment that is written to. */
  get last(): Segment {
    return this.#last;
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** Readers see no longer what is before `start`, the base of a segment. The last segment stays. */
  dropBefore(start: bigint): void {
    while (this.#segments.length > 1 && this.start < start) {
      this.#expired += BigInt(this.#segments.shift()?.blocks.recordCount ?? 0);
    }
  }

  /** All that there have been, those that have expired included. */
  get recordCount(): bigint {
    return this.#segments.reduce((sum, { blocks }) => sum + BigInt(blocks.recordCount), this.#expired);
  }

  /** How many there have been before `base`, the base of a segment. */
  recordsBefore(base: bigint): bigint {
    const before = this.#segments.filter(({ baseOffset }) => baseOffset < base);
    return before.reduce((sum, { blocks }) => sum + BigInt(blocks.recordCount), this.#expired);
  }

  /**
   * How many there have been at or below the offset. Before the start, where nobody knows any more, at most as many as had expired.
   * Reads one block when the offset is in the middle of a segment.
   */
  async recordsThrough(offset: bigint): Promise<bigint> {
    for (;;) {
      const expired = this.#expired;
      if (offset < this.start) return offset + 1n < expired ? offset + 1n : expired;
      const segment = this.segmentOf(offset);
      const before = this.recordsBefore(segment.baseOffset);
      if (offset >= segment.end - 1n) return before + BigInt(segment.blocks.recordCount);
      const block = segment.blocks.blockOf(offset);
      const counted = before + BigInt(segment.blocks.countBefore(block));
      const window = await this.windowOf(segment, segment.blocks.range(block, block));
      if (window !== undefined) return counted + BigInt(window.countThrough(offset));
    }
  }

  /** The records up to there are all that can be: what follows the last one is a gap. */
  moveEnd(end: bigint): void {
    this.#movedEnd = end;
  }

  /** It takes the place of a last segment that holds nothing. */
  addSegment(segment: Segment): void {
    if (this.#last.end === this.#last.baseOffset) this.#segments.pop();
    this.#segments.push(segment);
    this.#last = segment;
    this.#tail = undefined;
  }

  /** Makes frames visible that are durable at the end of the last segment; `end` is the offset after theirs. */
  publish(frames: Buffer, end: bigint): void {
    const { bytes: place, end: firstOffset } = this.#last;
    this.#last.extend(frames, end);
    this.#tail = frames.length <= limits.readBytesMax ? { frames, firstOffset, place } : undefined;
  }

  /**
   * Checked frames that begin at or before `offset`, or the start when that is later, and reach beyond it; undefined when no record is
   * there or later. Before a gap they may hold no record from there on: it is in the window after them.
   */
  async windowFrom(offset: bigint): Promise<Window | undefined> {
    for (;;) {
      const from = offset > this.start ? offset : this.start;
      if (from >= this.#last.end) return undefined;
      const tail = this.#tail;
      if (tail !== undefined && from >= tail.firstOffset) {
        const { frames, place } = tail;
        return new Window(frames, { identity: this.identity, file: this.#last.path, place, end: this.end });
      }
      const segment = this.segmentOf(from);
      const range = segment.blocks.range(segment.blocks.blockOf(from), Number.POSITIVE_INFINITY);
      const window = await this.windowOf(segment, range);
      if (window !== undefined) return window;
    }
  }

  /**
   * Blocks read from the disk and checked; undefined when the segment has expired meanwhile, and then the start is later. Rejects
   * with `log_damaged` when they are not what was written.
   */
  async windowOf(segment: Segment, range: BlockRange): Promise<Window | undefined> {
    // Taken before the read: the segment may grow while it runs.
    const end = segment.blocks.endOf(range) ?? segment.end;
    const bytes = await this.#read(segment, range);
    if (bytes === undefined) return undefined;
    let from = 0;
    for (const [i, to] of range.ends.entries()) {
      if (crc32(bytes.subarray(from, to)) !== range.checksums[i] || bytes.length < to) {
        throw damageIn(bytes.subarray(from, to), { segment, place: range.place + from, block: range.first + i });
      }
      from = to;
    }
    return new Window(bytes, { identity: this.identity, file: segment.path, place: range.place, end });
  }

  async #read(segment: Segment, range: BlockRange): Promise<Buffer | undefined> {
    try {
      return await this.#handles.read(segment.path, range.place, range.ends.at(-1) ?? 0);
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
      // A plain reader learns here what the server beside it has let go.
      this.dropBefore(await readStart(this.#at));
      if (segment.end <= this.start) return undefined;
      throw damagedFile(segment.path, 'it is gone, and its records have not expired');
    }
  }

  /** The segment that holds `offset`, the first one for an offset before all of them. */
  segmentOf(offset: bigint): Segment {
    let low = 0;
    let high = this.#segments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#segments[middle]?.baseOffset ?? offset) <= offset) low = middle + 1;
      else high = middle;
    }
    return this.#segments[Math.max(low - 1, 0)] ?? this.#last;
  }
}

interface BlockPlace {
  readonly segment: Segment;
  readonly place: number;
  readonly block: number;
}

/** A block's checksum told that something is wrong; the checksums of its frames tell where. */
function damageIn(bytes: Buffer, where: BlockPlace): Error {
  const { segment, place } = where;
  const view = viewOf(bytes);
  let offset = segment.blocks.firstOffset(where.block);
  let at = 0;
  while (at < bytes.length) {
    const check = checkFrame(view, at);
    if (check.kind !== 'complete') {
      const reason = check.kind === 'incomplete' ? 'the file has become shorter' : `wrong ${check.reason}`;
      return damagedAt({ file: segment.path, byte: place + at, offset }, reason);
    }
    offset = frameOffsetAt(view, at) + 1n;
    at += check.bytes;
  }
  return damagedAt({ file: segment.path, byte: place, offset }, 'its records are not those found when it was opened');
}
