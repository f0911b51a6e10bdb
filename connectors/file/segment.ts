/** One segment as readers see it: what is durable of a file, and nothing behind it. */
import { BlockIndex } from './block-index.js';

export class Segment {
  readonly path: string;
  readonly baseOffset: bigint;
  readonly headerBytes: number;
  readonly blocks: BlockIndex;
  /** Next offset to be written. */
  end: bigint;
  /** Bytes of the file up to the end of the last durable frame. */
  bytes: number;

  constructor(path: string, baseOffset: bigint, headerBytes: number) {
    this.path = path;
    this.baseOffset = baseOffset;
    this.headerBytes = headerBytes;
    this.blocks = new BlockIndex(baseOffset, headerBytes);
    this.end = baseOffset;
    this.bytes = headerBytes;
  }

  /** Makes intact, durable frames that follow the last one visible; `end` is the offset after theirs. */
  extend(frames: Buffer, end: bigint): void {
    this.blocks.extend(frames);
    this.bytes += frames.length;
    this.end = end;
  }
}
