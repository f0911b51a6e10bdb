/** What the spool holds that the audit topic does not: how much, since when, and where each snapshot stands in it. */
import { limits } from '../limits.js';
import type { SpoolReading } from './port.js';

export interface SpooledRecord {
  readonly id: string;
  /** Of key and value. */
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly writtenMs: number;
}

export class Unshipped {
  /** In the order of the offsets. */
  readonly #records = new Map<bigint, SpooledRecord>();
  /** The first offset of each id. */
  readonly #offsets = new Map<string, bigint>();
  #bytes = 0;
  /** Of records on their way to the disk. */
  #underWay = { records: 0, bytes: 0 };
  #through: bigint;

  /** `through`: everything up to there has been shipped. */
  constructor(through: bigint) {
    this.#through = through;
  }

  get through(): bigint {
    return this.#through;
  }

  get records(): number {
    return this.#records.size;
  }

  /** Ids, each once. */
  get ids(): number {
    return this.#offsets.size;
  }

  /** Whether a record of so many bytes may be written; then it counts, until `end` is called. */
  begin(bytes: number): boolean {
    const records = this.#records.size + this.#underWay.records;
    if (records >= limits.auditSpoolRecordsMax) return false;
    if (this.#bytes + this.#underWay.bytes + bytes > limits.auditSpoolBytesMax) return false;
    this.#underWay = { records: this.#underWay.records + 1, bytes: this.#underWay.bytes + bytes };
    return true;
  }

  end(bytes: number): void {
    this.#underWay = { records: this.#underWay.records - 1, bytes: this.#underWay.bytes - bytes };
  }

  /** `isKnown`: the topic has a record of the id already. One that has been shipped meanwhile is not added. */
  add(offset: bigint, record: SpooledRecord, isKnown: boolean): void {
    if (offset <= this.#through) return;
    this.#records.set(offset, record);
    this.#bytes += record.bytes;
    if (!isKnown && !this.#offsets.has(record.id)) this.#offsets.set(record.id, offset);
  }

  find(id: string): bigint | undefined {
    return this.#offsets.get(id);
  }

  shipped(through: bigint): void {
    this.#through = through;
    for (const [offset, { id, bytes }] of this.#records) {
      if (offset > through) break;
      this.#records.delete(offset);
      this.#bytes -= bytes;
      this.#offsets.delete(id);
    }
  }

  reading(nowMs: number): SpoolReading {
    const [oldest] = this.#records.values();
    const oldestMs = oldest === undefined ? 0 : Math.max(0, nowMs - oldest.writtenMs);
    return { records: this.#records.size, bytes: this.#bytes, oldestMs };
  }
}
