/** One partition of a log of others, in memory: records, markers, open transactions, and the history of its leader epochs. */
import { EpochTable } from '../../src/domain/epoch-table.js';
import { limits } from '../../src/limits.js';
import type { EpochEnd, ReadPoint, RemoteMarks, RemoteRecord } from '../../src/log/remote-port.js';
import type { PartitionTrouble } from '../../src/log/trouble.js';

/** A transaction as its records see it. */
export interface TransactionState {
  outcome: 'open' | 'committed' | 'aborted';
}

export type RemoteContent = Omit<RemoteRecord, 'offset' | 'leaderEpoch'>;

/** What stands at one offset; without a record it is a marker, or what compaction has left. */
interface Slot {
  readonly record: RemoteRecord | undefined;
  readonly leaderEpoch: number;
  readonly transaction: TransactionState | undefined;
}

export interface RemoteSlice {
  readonly records: readonly RemoteRecord[];
  readonly nextOffset: bigint;
  /** Of what stood last before `nextOffset`, record or not. */
  readonly leaderEpoch: number;
}

export class RemotePartition {
  #start = 0n;
  #slots: Slot[] = [];
  /** How many of the first slots are of no open transaction: what has ended is not opened again. */
  #closed = 0;
  #epochs = new EpochTable([{ leaderEpoch: 0, first: 0n }]);

  get marks(): RemoteMarks {
    while (this.#closed < this.#slots.length && this.#slots[this.#closed]?.transaction?.outcome !== 'open')
      this.#closed++;
    const readableEnd = this.#start + BigInt(this.#closed);
    return { start: this.#start, readableEnd, end: this.#end, leaderEpoch: this.#epochs.newest };
  }

  put(content: RemoteContent, transaction?: TransactionState): bigint {
    const offset = this.#end;
    const leaderEpoch = this.#epochs.newest;
    this.#slots.push({ record: { ...content, offset, leaderEpoch }, leaderEpoch, transaction });
    return offset;
  }

  /** The end of a transaction takes an offset. */
  mark(): void {
    this.#slots.push({ record: undefined, leaderEpoch: this.#epochs.newest, transaction: undefined });
  }

  deleteBefore(offset: bigint): void {
    const count = Math.min(Math.max(Number(offset - this.#start), 0), this.#slots.length);
    this.#slots.splice(0, count);
    this.#closed = Math.max(0, this.#closed - count);
    this.#start += BigInt(count);
  }

  compact(offset: bigint): void {
    const leaderEpoch = this.#epochs.epochOf(offset);
    this.#slots = this.#slots.with(Number(offset - this.#start), {
      record: undefined,
      leaderEpoch,
      transaction: undefined,
    });
  }

  /** What is at `from` and after is lost, and a new leader begins there. */
  truncate(from: bigint): void {
    this.#slots.splice(Number(from - this.#start));
    this.#closed = Math.min(this.#closed, this.#slots.length);
    this.elect();
  }

  elect(): void {
    this.#epochs = this.#epochs.begin(this.#epochs.newest + 1, this.#end);
  }

  epochEnd(leaderEpoch: number): EpochEnd | null {
    const found = this.#epochs.starts.findLast((start) => start.leaderEpoch <= leaderEpoch);
    if (found === undefined) return null;
    return { leaderEpoch: found.leaderEpoch, end: this.#epochs.endOf(found.leaderEpoch) ?? this.#end };
  }

  /** What keeps reading from going on at this point. */
  troubleAt({ offset, leaderEpoch }: Pick<ReadPoint, 'offset' | 'leaderEpoch'>): PartitionTrouble | undefined {
    const known = leaderEpoch === null ? { leaderEpoch, end: this.#end } : this.epochEnd(leaderEpoch);
    const end = known?.end ?? 0n;
    if (known?.leaderEpoch !== leaderEpoch || end < offset) {
      return { kind: 'truncated', from: end < offset ? end : offset };
    }
    return offset < this.#start ? { kind: 'gap', from: offset, to: this.#start } : undefined;
  }

  /** Committed records from `from` on; undefined when there is nothing to move over yet. */
  read(from: bigint): RemoteSlice | undefined {
    const { readableEnd } = this.marks;
    const records: RemoteRecord[] = [];
    let next = from;
    for (; next < readableEnd && records.length < limits.copiedRecordsMax; next++) {
      const slot = this.#slots[Number(next - this.#start)];
      if (slot?.record !== undefined && slot.transaction?.outcome !== 'aborted') records.push(slot.record);
    }
    const leaderEpoch = this.#slots[Number(next - this.#start) - 1]?.leaderEpoch;
    return next === from || leaderEpoch === undefined ? undefined : { records, nextOffset: next, leaderEpoch };
  }

  get #end(): bigint {
    return this.#start + BigInt(this.#slots.length);
  }
}
