/** The writing half of one partition: frames are staged in memory, written and synced as a group, then made visible. */

import type { Position } from '../../src/domain/position.js';
import { limits } from '../../src/limits.js';
import { writeFully } from './file-steps.js';
import type { OpenFile } from './files.js';
import { encodeFrame, type FrameContent } from './frame.js';
import type { Partition } from './partition.js';
import type { PartitionFolder } from './partition-folder.js';
import type { Segment } from './segment.js';
import { createSegment, reserve } from './segment-create.js';

/** Room for a few ordinary events; a busy partition starts with what its last group took. */
const STAGE_BYTES_MIN = 4_096;

/** Frames of one group, not yet visible. */
export interface Staged {
  readonly frames: Buffer;
  readonly firstOffset: bigint;
  readonly end: bigint;
}

/** A record, the bytes of its frame, and when the log took it. */
export interface Arrival {
  readonly record: FrameContent;
  readonly bytes: number;
  readonly timestampMs: number;
}

export interface WriterSetting {
  readonly folder: PartitionFolder;
  readonly segmentBytesMax: number;
  /** Of a segment that gets its size before it is written to; 0: segments grow write by write. */
  readonly reservedBytes: number;
  readonly leaderEpoch: number;
  /** Called with each segment that will not be written to again. */
  readonly onSealed: (segment: Segment) => void;
}

export class PartitionWriter {
  readonly partition: Partition;
  readonly #setting: WriterSetting;
  #file: OpenFile;
  #stage = Buffer.alloc(0);
  #stagedBytes = 0;
  #firstOffset: bigint;
  #nextOffset: bigint;

  constructor(partition: Partition, file: OpenFile, setting: WriterSetting) {
    this.partition = partition;
    this.#file = file;
    this.#setting = setting;
    this.#nextOffset = partition.end;
    this.#firstOffset = partition.end;
  }

  /** Takes a copy of the record as the next one of the partition. */
  stage(arrival: Arrival): Position {
    this.#makeRoom(arrival.bytes);
    const { leaderEpoch, reservedBytes } = this.#setting;
    // In a file that grows, no part of a write is seen before all of it is there.
    const isContinuing = reservedBytes > 0 && this.#stagedBytes > 0;
    const stamp = { offset: this.#nextOffset, timestampMs: arrival.timestampMs, leaderEpoch, isContinuing };
    this.#stagedBytes = encodeFrame(this.#stage, this.#stagedBytes, stamp, arrival.record);
    this.#nextOffset++;
    const { topic, incarnation, partition } = this.partition.identity;
    return { topic, incarnation, partition, leaderEpoch, offset: stamp.offset };
  }

  /** Writes and syncs what is staged; records staged meanwhile belong to the next group. */
  async write(): Promise<Staged> {
    const staged = this.#takeStaged();
    const full = this.partition.last.bytes + staged.frames.length > this.#setting.segmentBytesMax;
    if (full && this.partition.last.end > this.partition.last.baseOffset) await this.#roll(staged.firstOffset);
    await writeFully(this.#file, staged.frames, this.partition.last.bytes);
    await this.#file.dataSync();
    return staged;
  }

  publish(staged: Staged): void {
    this.partition.publish(staged.frames, staged.end);
  }

  /**
   * After a failed group: takes back what may have been written. A page that failed to sync can still be read from the cache, so
   * without this the next start could take records for durable that are not. When even that fails, nothing more can be done here.
   */
  async takeBack(): Promise<void> {
    await this.#file.truncate(this.partition.last.bytes).catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.#giveBackRoom();
    await this.#file.close();
  }

  async #roll(baseOffset: bigint): Promise<void> {
    const { folder, reservedBytes } = this.#setting;
    const next = await createSegment(folder, baseOffset);
    if (reservedBytes > 0) await reserve(next.file, reservedBytes);
    await this.#giveBackRoom();
    const full = this.#file;
    const sealed = this.partition.last;
    this.#file = next.file;
    this.partition.addSegment(next.segment);
    this.#setting.onSealed(sealed);
    await full.close();
  }

  /** A segment that is written to no more ends with its last frame. Where it does not, the next start goes through it. */
  async #giveBackRoom(): Promise<void> {
    if (this.#setting.reservedBytes > 0) await this.takeBack();
  }

  #takeStaged(): Staged {
    const frames = this.#stage.subarray(0, this.#stagedBytes);
    const staged = { frames, firstOffset: this.#firstOffset, end: this.#nextOffset };
    const sizeHint = Math.min(Math.max(this.#stagedBytes, STAGE_BYTES_MIN), limits.readBytesMax);
    // Published frames are read as long as somebody keeps a view of them, so the buffer is never used again.
    this.#stage = Buffer.allocUnsafeSlow(sizeHint);
    this.#stagedBytes = 0;
    this.#firstOffset = this.#nextOffset;
    return staged;
  }

  #makeRoom(bytes: number): void {
    const needed = this.#stagedBytes + bytes;
    if (needed <= this.#stage.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#stage.length));
    this.#stage.copy(larger, 0, 0, this.#stagedBytes);
    this.#stage = larger;
  }
}
