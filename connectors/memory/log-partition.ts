/** One partition of the log in memory: records in offset order, the oldest of which may be gone. */
import type { LogRecord, RecordReading } from '../../src/log/port.js';

export class MemoryPartition {
  #start = 0;
  readonly #records: LogRecord[] = [];

  /** The first kept offset, and the next to be written. Plain numbers: memory holds far fewer than 2^53 records. */
  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#start + this.#records.length;
  }

  /** All that are kept. */
  get records(): readonly LogRecord[] {
    return this.#records;
  }

  /** `record` must have the offset `end`. */
  push(record: LogRecord): void {
    this.#records.push(record);
  }

  /** Records at or below the offset, those that are gone included. */
  countThrough(offset: bigint): bigint {
    const end = BigInt(this.end);
    return offset < end ? offset + 1n : end;
  }

  read(offset: bigint): RecordReading {
    if (offset < BigInt(this.#start)) return { kind: 'missing', why: 'expired' };
    const record = this.#records[Number(offset) - this.#start];
    return record === undefined ? { kind: 'missing', why: 'beyond_end' } : { kind: 'found', record };
  }

  /** Kept records from `from` up to but not at `to`. */
  slice(from: number, to: number): readonly LogRecord[] {
    return this.#records.slice(Math.max(from - this.#start, 0), Math.max(to - this.#start, 0));
  }

  /** The oldest ones go. */
  drop(count: number): void {
    this.#records.splice(0, count);
    this.#start += count;
  }
}
