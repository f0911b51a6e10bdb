/** One segment as readers see it: what is durable of a file, and nothing behind it. */
import { type BlockColumns, BlockIndex } from './block-index.js';

export interface SegmentPlace {
  readonly path: string;
  readonly baseOffset: bigint;
  readonly headerBytes: number;
  readonly ownerEpoch: number;
}

export class Segment {
  readonly path: string;
  readonly baseOffset: bigint;
  readonly headerBytes: number;
  readonly ownerEpoch: number;
  readonly blocks: BlockIndex;
  /** Next offset to be written. */
  end: bigint;
  /** Bytes of the file up to the end of the last durable frame. */
  bytes: number;

  constructor(at: SegmentPlace, blocks = new BlockIndex(at.baseOffset, at.headerBytes)) {
    this.path = at.path;
    this.baseOffset = at.baseOffset;
    this.headerBytes = at.headerBytes;
    this.ownerEpoch = at.ownerEpoch;
    this.blocks = blocks;
    this.end = at.baseOffset;
    this.bytes = at.headerBytes;
  }

  /** A segment that is written to no more, `end` the offset after its last record. */
  static restore(at: SegmentPlace, end: bigint, columns: BlockColumns): Segment {
    const segment = new Segment(at, BlockIndex.restore(at.baseOffset, columns));
    segment.end = end;
    segment.bytes = columns.end;
    return segment;
  }

  /** Makes intact, durable frames that follow the last one visible; `end` is the offset after theirs. */
  extend(frames: Buffer, end: bigint): void {
    this.blocks.extend(frames);
    this.bytes += frames.length;
    this.end = end;
  }
}
