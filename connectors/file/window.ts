/** Frames of one partition in memory, checked, from which records are taken in order. */
import type { LogRecord } from '../../src/log/port.js';
import { damagedAt } from './damage.js';
import { frameBytesAt, frameOffsetAt, recordAt, viewOf } from './frame.js';
import type { PartitionIdentity } from './segment-header.js';

export interface WindowSource {
  readonly identity: PartitionIdentity;
  readonly file: string;
  /** Byte of the file at which the frames begin. */
  readonly place: number;
  /** Offset after the last record. */
  readonly end: bigint;
}

/** Offsets from `from` up to but not at `to`, at most `recordsMax` of them. */
export interface TakeRange {
  readonly from: bigint;
  readonly to: bigint;
  readonly recordsMax: number;
}

export class Window {
  readonly #view: DataView;
  readonly #source: WindowSource;
  #at = 0;

  /** `frames` must be whole frames that were checked, and memory nobody writes to any more. */
  constructor(frames: Buffer, source: WindowSource) {
    this.#view = viewOf(frames);
    this.#source = source;
  }

  get end(): bigint {
    return this.#source.end;
  }

  /** The next records of the range; empty when the window has none left. */
  take(range: TakeRange): LogRecord[] {
    const records: LogRecord[] = [];
    this.#skipTo(range.from);
    while (records.length < range.recordsMax && this.#at < this.#view.byteLength) {
      const record = this.#record();
      if (record.position.offset >= range.to) break;
      records.push(record);
      this.#at += frameBytesAt(this.#view, this.#at);
    }
    return records;
  }

  /** How many records are at or below `offset`; those taken before are not counted. */
  countThrough(offset: bigint): number {
    let count = 0;
    while (this.#at < this.#view.byteLength && frameOffsetAt(this.#view, this.#at) <= offset) {
      this.#at += frameBytesAt(this.#view, this.#at);
      count++;
    }
    return count;
  }

  /** The record at `offset`, which must be later than those taken before; undefined when the window does not hold it. */
  find(offset: bigint): LogRecord | undefined {
    this.#skipTo(offset);
    if (this.#at >= this.#view.byteLength) return undefined;
    return frameOffsetAt(this.#view, this.#at) === offset ? this.#record() : undefined;
  }

  #skipTo(offset: bigint): void {
    while (this.#at < this.#view.byteLength && frameOffsetAt(this.#view, this.#at) < offset) {
      this.#at += frameBytesAt(this.#view, this.#at);
    }
  }

  #record(): LogRecord {
    const record = recordAt(this.#view, this.#at, this.#source.identity);
    if (record !== undefined) return record;
    const place = { file: this.#source.file, byte: this.#source.place + this.#at };
    throw damagedAt({ ...place, offset: frameOffsetAt(this.#view, this.#at) }, 'the payload has no valid layout');
  }
}
