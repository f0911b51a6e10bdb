/** The durable records of one partition: its segments in order, and the last group commit kept in memory. */
import { crc32 } from 'node:zlib';
import { limits } from '../../src/limits.js';
import type { BlockRange } from './block-index.js';
import { damagedAt } from './damage.js';
import { checkFrame, frameOffsetAt, viewOf } from './frame.js';
import type { ReadHandles } from './handles.js';
import type { Segment } from './segment.js';
import type { PartitionIdentity } from './segment-header.js';
import { Window } from './window.js';

/** Frames that were just made durable. A reader that keeps up takes them from here and not from the disk. */
interface Tail {
  readonly frames: Buffer;
  readonly firstOffset: bigint;
  readonly place: number;
}

export class Partition {
  readonly identity: PartitionIdentity;
  /** In the order of their offsets, never empty; the last one is written to. */
  readonly #segments: Segment[];
  readonly #handles: ReadHandles;
  #last: Segment;
  #tail: Tail | undefined;

  constructor(identity: PartitionIdentity, segments: readonly [Segment, ...Segment[]], handles: ReadHandles) {
    this.identity = identity;
    this.#segments = [...segments];
    this.#last = segments.at(-1) ?? segments[0];
    this.#handles = handles;
  }

  get start(): bigint {
    return this.#segments[0]?.baseOffset ?? this.#last.baseOffset;
  }

  /** The offset after the last durable record. */
  get end(): bigint {
    return this.#last.end;
  }

  /** The segment that is written to. */
  get last(): Segment {
    return this.#last;
  }

  addSegment(segment: Segment): void {
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

  /** Checked frames that begin at or before `offset` and hold the next record; undefined at or past the end. */
  async windowFrom(offset: bigint): Promise<Window | undefined> {
    if (offset >= this.end) return undefined;
    const tail = this.#tail;
    if (tail !== undefined && offset >= tail.firstOffset) {
      return new Window(tail.frames, {
        identity: this.identity,
        file: this.#last.path,
        place: tail.place,
        end: this.end,
      });
    }
    const segment = this.segmentOf(offset);
    return this.windowOf(segment, segment.blocks.range(segment.blocks.blockOf(offset), Number.POSITIVE_INFINITY));
  }

  /** Blocks read from the disk and checked. Rejects with `log_damaged` when they are not what was written. */
  async windowOf(segment: Segment, range: BlockRange): Promise<Window> {
    // Taken before the read: the segment may grow while it runs.
    const end = segment.blocks.endOf(range) ?? segment.end;
    const bytes = await this.#handles.read(segment.path, range.place, range.ends.at(-1) ?? 0);
    let from = 0;
    for (const [i, to] of range.ends.entries()) {
      if (crc32(bytes.subarray(from, to)) !== range.checksums[i] || bytes.length < to) {
        throw damageIn(bytes.subarray(from, to), { segment, place: range.place + from, block: range.first + i });
      }
      from = to;
    }
    return new Window(bytes, { identity: this.identity, file: segment.path, place: range.place, end });
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
