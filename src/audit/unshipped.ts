/**
 * What the spool holds that the audit topic does not: how much, since when, and where each snapshot stands in it. The bytes of the
 * oldest are kept as well, as far as they fit, so that whoever ships soon after the writing does not read the disk.
 */
import { limits } from '../limits.js';
import { Bell } from '../log/delivery.js';
import type { SpoolReading } from './port.js';
import type { AuditBytes, Shipment } from './record.js';

export interface SpooledRecord {
  readonly id: string;
  /** Of key and value. */
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly writtenMs: number;
  /** As it lies in the spool. Absent: it is to be read from there. */
  readonly content?: AuditBytes;
}

/** What is to be shipped next, without a gap: records at hand, or offsets to be read from the spool. */
export type NextUnshipped =
  | { readonly kind: 'none' }
  | { readonly kind: 'held'; readonly records: readonly Shipment[]; readonly through: bigint }
  | { readonly kind: 'on_disk'; readonly from: bigint; readonly through: bigint };

export class Unshipped {
  /** In the order in which they came, which is nearly that of the offsets. */
  readonly #records = new Map<bigint, SpooledRecord>();
  /** The first offset of each id. */
  readonly #offsets = new Map<string, bigint>();
  readonly #bell = new Bell();
  #bytes = 0;
  /** Of the records whose content is kept, and how many are there without. */
  #held = { bytes: 0, without: 0 };
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

  /** Resolves when a record has been added after the call, or `ring` was called. */
  news(): Promise<void> {
    return this.#bell.next();
  }

  ring(): void {
    this.#bell.ring();
  }

  /** Whether a record of so many bytes may be written; then it counts, until `end` is called. */
  begin(bytes: number): boolean {
    const records = this.#records.size + this.#underWay.records;
    if (records >= limits.auditSpoolRecordsMax) return false;
    if (this.#bytes + this.#underWay.bytes + bytes > limits.auditSpoolBytesMax) return false;
    this.#underWay.records += 1;
    this.#underWay.bytes += bytes;
    return true;
  }

  end(bytes: number): void {
    this.#underWay.records -= 1;
    this.#underWay.bytes -= bytes;
  }

  /** `isKnown`: the topic has a record of the id already. One that has been shipped meanwhile is not added. */
  add(offset: bigint, record: SpooledRecord, isKnown: boolean): void {
    if (offset <= this.#through) return;
    this.#records.set(offset, this.#heldAsFits(record));
    this.#bytes += record.bytes;
    if (!isKnown && !this.#offsets.has(record.id)) this.#offsets.set(record.id, offset);
    this.#bell.ring();
  }

  find(id: string): bigint | undefined {
    return this.#offsets.get(id);
  }

  /** At most so many records, and no more once there are so many bytes. What follows one that is still on its way to the disk waits for it. */
  next(recordsMax: number, bytesMax: number): NextUnshipped {
    const from = this.#through + 1n;
    const first = this.#records.get(from);
    if (first === undefined) return { kind: 'none' };
    const isHeld = first.content !== undefined;
    const records: Shipment[] = [];
    let [through, bytes] = [this.#through, 0];
    for (let count = 0; count < recordsMax && bytes < bytesMax; count++) {
      const record = this.#records.get(through + 1n);
      if (record === undefined || (record.content !== undefined) !== isHeld) break;
      if (record.content !== undefined) records.push({ id: record.id, ...record.content });
      bytes += record.bytes;
      through++;
    }
    return isHeld ? { kind: 'held', records, through } : { kind: 'on_disk', from, through };
  }

  shipped(through: bigint): void {
    while (this.#through < through) {
      this.#through++;
      const record = this.#records.get(this.#through);
      if (record === undefined) continue;
      this.#records.delete(this.#through);
      this.#bytes -= record.bytes;
      if (record.content === undefined) this.#held.without -= 1;
      else this.#held.bytes -= record.bytes;
      this.#offsets.delete(record.id);
    }
  }

  reading(nowMs: number): SpoolReading {
    const [oldest] = this.#records.values();
    const oldestMs = oldest === undefined ? 0 : Math.max(0, nowMs - oldest.writtenMs);
    return { records: this.#records.size, bytes: this.#bytes, oldestMs };
  }

  /** Behind one that is to be read none is kept: so those kept follow each other, and share the memory that they were written into. */
  #heldAsFits(record: SpooledRecord): SpooledRecord {
    const { id, bytes, writtenMs, content } = record;
    if (content !== undefined && this.#held.without === 0) {
      if (this.#held.bytes + bytes <= limits.auditSpoolMemoryBytesMax) {
        this.#held.bytes += bytes;
        return record;
      }
    }
    this.#held.without += 1;
    return { id, bytes, writtenMs };
  }
}
