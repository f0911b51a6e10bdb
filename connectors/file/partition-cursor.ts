/** Reads one partition forward, a slice at a time. */
import { limits } from '../../src/limits.js';
import type { LogBatch, LogRecord } from '../../src/log/port.js';
import type { Partition } from './partition.js';
import type { Window } from './window.js';

/** Whether the disk is read only when records are asked for, or one read ahead of that. */
export type Pace = 'as asked' | 'read ahead';

export class PartitionCursor {
  readonly #partition: Partition;
  #offset: bigint;
  readonly #pace: Pace;
  #window: Window | undefined;
  #ahead: Promise<Window | undefined> | undefined;

  constructor(partition: Partition, from: bigint, pace: Pace = 'as asked') {
    this.#partition = partition;
    this.#offset = from;
    this.#pace = pace;
  }

  /**
   * The next records before `to`, at most `limits.sliceRecordsMax`; none, with the offset after the gap, where there are no more but
   * the end has moved; undefined when there is nothing new. Nothing is read ahead of the call beyond the read that the records came
   * from, and the one after it when the pace says so.
   */
  async next(to: bigint = this.#partition.end): Promise<LogBatch | undefined> {
    const end = to < this.#partition.end ? to : this.#partition.end;
    let from = this.#offset > this.#partition.start ? this.#offset : this.#partition.start;
    if (from >= end) {
      this.#window = undefined;
      // A partition that begins later than it is read from, with nothing in it yet, is read as far as it can be.
      if (this.#offset < from && from === this.#partition.end) return this.#batch([], from);
      return undefined;
    }
    while (from < end) {
      const records = await this.#take(from, end);
      const last = records.at(-1);
      if (last !== undefined) return this.#batch(records, last.position.offset + 1n);
      // The frames up to a gap: the next record is behind them, if there is one.
      from = this.#window?.end ?? end;
      this.#window = undefined;
    }
    return this.#batch([], end);
  }

  async #take(from: bigint, to: bigint): Promise<readonly LogRecord[]> {
    const range = { from, to, recordsMax: limits.sliceRecordsMax };
    const records = this.#window?.take(range) ?? [];
    if (records.length > 0) return records;
    this.#window = await this.#load(from, to);
    return this.#window?.take(range) ?? [];
  }

  #batch(records: readonly LogRecord[], nextOffset: bigint): LogBatch {
    this.#offset = nextOffset;
    const { topic, partition } = this.#partition.identity;
    return { topic, partition, records, nextOffset };
  }

  async #load(from: bigint, to: bigint): Promise<Window | undefined> {
    const window = await (this.#ahead ?? this.#partition.windowFrom(from));
    this.#ahead = undefined;
    if (window === undefined || this.#pace === 'as asked' || window.end >= to) return window;
    this.#ahead = this.#partition.windowFrom(window.end);
    // Whoever asks for it gets its error; nobody may ask.
    this.#ahead.catch(() => undefined);
    return window;
  }
}
