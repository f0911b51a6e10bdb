/** Reads one partition forward, a slice at a time. */
import { limits } from '../../src/limits.js';
import type { LogBatch } from '../../src/log/port.js';
import type { Partition } from './partition.js';
import type { Window } from './window.js';

export class PartitionCursor {
  readonly #partition: Partition;
  #offset: bigint;
  #window: Window | undefined;

  constructor(partition: Partition, from: bigint) {
    this.#partition = partition;
    this.#offset = from;
  }

  /**
   * The next records before `to`, at most `limits.sliceRecordsMax`; undefined when there is none yet. Nothing is read ahead of
   * the call beyond the read that the records came from.
   */
  async next(to: bigint = this.#partition.end): Promise<LogBatch | undefined> {
    const from = this.#offset > this.#partition.start ? this.#offset : this.#partition.start;
    if (from >= to) {
      this.#window = undefined;
      return undefined;
    }
    const range = { from, to, recordsMax: limits.sliceRecordsMax };
    let records = this.#window?.take(range) ?? [];
    if (records.length === 0) {
      this.#window = await this.#partition.windowFrom(from);
      records = this.#window?.take(range) ?? [];
    }
    const last = records.at(-1);
    if (last === undefined) {
      this.#window = undefined;
      return undefined;
    }
    this.#offset = last.position.offset + 1n;
    const { topic, partition } = this.#partition.identity;
    return { topic, partition, records, nextOffset: this.#offset };
  }
}
