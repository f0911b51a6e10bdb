/**
 * Per key the places of its records, packed: three arrays of numbers hold all of them, and a record refers to the one of its key
 * before it. About 16 bytes a record, where a list per key took 60. Offsets are 64 bits wide throughout.
 */
import type { PartitionKey } from '../domain/position.js';

const NONE = -1;
const ROOM_MIN = 1_024;

/** Offsets of one key's records in one partition, ascending. */
export interface KeyRecords {
  readonly partition: PartitionKey;
  readonly offsets: readonly bigint[];
}

/** Records of the keys in their order: `counts[i]` of key `i`, oldest noted first. */
export interface PackedRecords {
  readonly partitions: readonly PartitionKey[];
  readonly counts: Uint32Array;
  readonly partitionOf: Uint16Array;
  readonly offsets: BigUint64Array;
}

/** Offsets of a partition that are still there and are to be known; of those before `first` the newest of each key stays. */
export type KeptOffsets = (partition: PartitionKey) => { readonly first: bigint; readonly last: bigint };

export class RecordChains {
  readonly #partitions: PartitionKey[] = [];
  readonly #partitionIndexes = new Map<PartitionKey, number>();
  /** Per key the record noted last. */
  #heads = new Int32Array(ROOM_MIN).fill(NONE);
  #offsets = new BigUint64Array(ROOM_MIN);
  #partitionOf = new Uint16Array(ROOM_MIN);
  #previous = new Int32Array(ROOM_MIN);
  #count = 0;

  /** Notes a record of key number `key`. Noting twice changes nothing. */
  note(key: number, partition: PartitionKey, offset: bigint): void {
    const number = this.#numberOf(partition);
    let after = NONE;
    for (let node = this.#headOf(key); node !== NONE; node = this.#previous[node] ?? NONE) {
      if (this.#partitionOf[node] !== number) continue;
      const known = this.#offsets[node] ?? 0n;
      if (known === offset) return;
      // The records of one partition stay in order, so nothing further back can be this one.
      if (known < offset) break;
      after = node;
    }
    this.#insert(key, { number, offset, after });
  }

  #insert(key: number, { number, offset, after }: { number: number; offset: bigint; after: number }): void {
    this.#makeRoom(key);
    const node = this.#count++;
    this.#offsets[node] = offset;
    this.#partitionOf[node] = number;
    if (after === NONE) {
      this.#previous[node] = this.#headOf(key);
      this.#heads[key] = node;
    } else {
      this.#previous[node] = this.#previous[after] ?? NONE;
      this.#previous[after] = node;
    }
  }

  recordsOf(key: number): readonly KeyRecords[] {
    const runs = new Map<number, bigint[]>();
    for (const node of this.#nodesOf(key)) {
      const number = this.#partitionOf[node] ?? 0;
      const offset = this.#offsets[node] ?? 0n;
      const run = runs.get(number);
      if (run === undefined) runs.set(number, [offset]);
      else run.push(offset);
    }
    return [...runs].flatMap(([number, offsets]) => {
      const partition = this.#partitions[number];
      return partition === undefined ? [] : [{ partition, offsets }];
    });
  }

  /** Oldest first. */
  #nodesOf(key: number): readonly number[] {
    const nodes: number[] = [];
    for (let node = this.#headOf(key); node !== NONE; node = this.#previous[node] ?? NONE) nodes.push(node);
    return nodes.reverse();
  }

  /** The kept records of keys `from` up to but not at `to`, in arrays of their own. */
  pack(from: number, to: number, kept: KeptOffsets): PackedRecords {
    const bounds = this.#partitions.map((partition) => kept(partition));
    const counts = new Uint32Array(to - from);
    const nodes: number[] = [];
    // Per partition the key (one more, 0 being nobody) whose newest expired record has been met.
    const expiredOf = new Uint32Array(this.#partitions.length);
    for (let key = from; key < to; key++) {
      const first = nodes.length;
      for (let node = this.#headOf(key); node !== NONE; node = this.#previous[node] ?? NONE) {
        const number = this.#partitionOf[node] ?? 0;
        const bound = bounds[number];
        const offset = this.#offsets[node] ?? 0n;
        if (bound === undefined || offset > bound.last) continue;
        if (offset < bound.first) {
          if (expiredOf[number] === key + 1) continue;
          expiredOf[number] = key + 1;
        }
        nodes.push(node);
      }
      counts[key - from] = nodes.length - first;
      reverseFrom(nodes, first);
    }
    const partitionOf = Uint16Array.from(nodes, (node) => this.#partitionOf[node] ?? 0);
    const offsets = BigUint64Array.from(nodes, (node) => this.#offsets[node] ?? 0n);
    return { partitions: [...this.#partitions], counts, partitionOf, offsets };
  }

  /** A copy as of this instant, for whoever packs it in slices. */
  copy(): RecordChains {
    const copy = new RecordChains();
    for (const partition of this.#partitions) copy.#numberOf(partition);
    copy.#heads = this.#heads.slice();
    copy.#offsets = this.#offsets.slice();
    copy.#partitionOf = this.#partitionOf.slice();
    copy.#previous = this.#previous.slice();
    copy.#count = this.#count;
    return copy;
  }

  /** Takes the records of keys `first` and on. They must not have records yet. */
  take(first: number, { partitions, counts, partitionOf, offsets }: PackedRecords): void {
    const numbers = partitions.map((partition) => this.#numberOf(partition));
    let at = 0;
    for (const [index, count] of counts.entries()) {
      const key = first + index;
      for (let left = count; left > 0; left--, at++) {
        const number = numbers[partitionOf[at] ?? 0] ?? 0;
        this.#insert(key, { number, offset: offsets[at] ?? 0n, after: NONE });
      }
    }
  }

  #headOf(key: number): number {
    return this.#heads[key] ?? NONE;
  }

  #numberOf(partition: PartitionKey): number {
    const known = this.#partitionIndexes.get(partition);
    if (known !== undefined) return known;
    this.#partitionIndexes.set(partition, this.#partitions.length);
    return this.#partitions.push(partition) - 1;
  }

  #makeRoom(key: number): void {
    if (key >= this.#heads.length) {
      const heads = new Int32Array(2 * Math.max(key, this.#heads.length)).fill(NONE);
      heads.set(this.#heads);
      this.#heads = heads;
    }
    if (this.#count < this.#offsets.length) return;
    const [offsets, partitionOf, previous] = [this.#offsets, this.#partitionOf, this.#previous];
    this.#offsets = new BigUint64Array(2 * offsets.length);
    this.#offsets.set(offsets);
    this.#partitionOf = new Uint16Array(2 * offsets.length);
    this.#partitionOf.set(partitionOf);
    this.#previous = new Int32Array(2 * offsets.length);
    this.#previous.set(previous);
  }
}

function reverseFrom(list: number[], first: number): void {
  for (let [low, high] = [first, list.length - 1]; low < high; low++, high--) {
    const held = list[low] ?? 0;
    list[low] = list[high] ?? 0;
    list[high] = held;
  }
}
