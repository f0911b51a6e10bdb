/**
 * Per key the places of its records, packed: blocks of numbers hold all of them, and a record refers to the one of its key before it.
 * About 16 bytes a record, where a list per key took 60. Offsets are 64 bits wide throughout. A record once noted stays where it is,
 * so an instant is captured by counting: what has a higher number came later.
 */
import type { PartitionKey } from '../domain/position.js';
import { invariant } from '../errors.js';
import { limits } from '../limits.js';

const NONE = -1;
const BLOCK_BITS = 14;
const BLOCK_SIZE = 1 << BLOCK_BITS;
const IN_BLOCK = BLOCK_SIZE - 1;
/** Offset and partition. */
const RECORD_BYTES = 10;
/** Records gone through for one piece at most: 1 to 3 ms. */
export const PIECE_VISITS_MAX = 4_096;

/** Offsets of one key's records in one partition, ascending. */
export interface KeyRecords {
  readonly partition: PartitionKey;
  readonly offsets: readonly bigint[];
}

/**
 * Records of keys in their order, `counts[i]` of key `first + i`, oldest noted first. Where a key has more than a piece takes, the
 * next piece begins with that key again. A piece may be empty: then it only ends a step.
 */
export interface PackedRecords {
  /** Numbered as they come, so those of an earlier piece are the beginning of a later one's. */
  readonly partitions: readonly PartitionKey[];
  readonly first: number;
  readonly counts: Uint32Array;
  readonly partitionOf: Uint16Array;
  readonly offsets: BigUint64Array;
}

/** Offsets of a partition that are still there and are to be known; of those before `first` the newest of each key stays. */
export type KeptOffsets = (partition: PartitionKey) => { readonly first: bigint; readonly last: bigint };

/** What is to be packed: of the keys before that number what is kept, in pieces of about `limits.checkpointChunkBytes`. */
export interface Packing {
  readonly keys: number;
  readonly kept: KeptOffsets;
  /** What a key takes of a piece beside its records. */
  readonly keyBytes: (key: number) => number;
}

interface Block {
  readonly offsets: BigUint64Array;
  readonly partitionOf: Uint16Array;
  readonly previous: Int32Array;
}

export class RecordChains {
  readonly #partitions: PartitionKey[] = [];
  readonly #partitionIndexes = new Map<PartitionKey, number>();
  /** Per key the record noted last. */
  readonly #heads: Int32Array[] = [];
  readonly #blocks: Block[] = [];
  #count = 0;

  /** One more than the highest number of a key that has records. */
  keys = 0;

  /** Notes a record of key number `key`. Noting twice changes nothing. */
  note(key: number, partition: PartitionKey, offset: bigint): void {
    const number = this.#numberOf(partition);
    let after = NONE;
    for (let node = this.#headOf(key); node !== NONE; ) {
      const { offsets, partitionOf, previous } = this.#blockOf(node);
      const at = node & IN_BLOCK;
      if (partitionOf[at] === number) {
        const known = offsets[at] ?? 0n;
        if (known === offset) return;
        // The records of one partition stay in order, so nothing further back can be this one.
        if (known < offset) break;
        after = node;
      }
      node = previous[at] ?? NONE;
    }
    this.#insert(key, { number, offset, after });
  }

  #insert(key: number, { number, offset, after }: { number: number; offset: bigint; after: number }): void {
    const node = this.#count;
    const heads = this.#headsOf(key);
    if (node >> BLOCK_BITS === this.#blocks.length) this.#blocks.push(newBlock());
    const { offsets, partitionOf, previous } = this.#blockOf(node);
    const at = node & IN_BLOCK;
    offsets[at] = offset;
    partitionOf[at] = number;
    if (after === NONE) {
      previous[at] = heads[key & IN_BLOCK] ?? NONE;
      heads[key & IN_BLOCK] = node;
    } else {
      const later = this.#blockOf(after).previous;
      previous[at] = later[after & IN_BLOCK] ?? NONE;
      later[after & IN_BLOCK] = node;
    }
    this.#count++;
    if (key >= this.keys) this.keys = key + 1;
  }

  recordsOf(key: number): readonly KeyRecords[] {
    const nodes: number[] = [];
    for (let node = this.#headOf(key); node !== NONE; node = this.#previousOf(node)) nodes.push(node);
    const runs = new Map<number, bigint[]>();
    for (const node of nodes.reverse()) {
      const block = this.#blockOf(node);
      const number = block.partitionOf[node & IN_BLOCK] ?? 0;
      const offset = block.offsets[node & IN_BLOCK] ?? 0n;
      const run = runs.get(number);
      if (run === undefined) runs.set(number, [offset]);
      else run.push(offset);
    }
    return [...runs].flatMap(([number, offsets]) => {
      const partition = this.#partitions[number];
      return partition === undefined ? [] : [{ partition, offsets }];
    });
  }

  /** Everything as of this instant, packed piece by piece when it is asked for, whatever is noted meanwhile. Costs nothing itself. */
  capture(): (packing: Packing) => Generator<PackedRecords, void, void> {
    const count = this.#count;
    return (packing) => this.#pieces(packing, count);
  }

  *#pieces({ keys, kept, keyBytes }: Packing, count: number): Generator<PackedRecords, void, void> {
    const partitions = [...this.#partitions];
    const walk = { count, bounds: partitions.map((partition) => kept(partition)), steps: 0 };
    let piece = new Piece(0);
    for (let key = 0; key < keys; key++) {
      const nodes: number[] = [];
      for (const node of this.#keptNodes(key, walk)) {
        if (node !== NONE) nodes.push(node);
        if (walk.steps < PIECE_VISITS_MAX) continue;
        yield piece.packed(partitions);
        [piece, walk.steps] = [new Piece(key), 0];
      }
      piece.begin(keyBytes(key));
      for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
        if (piece.isFull) {
          yield piece.packed(partitions);
          [piece, walk.steps] = [new Piece(key), 0];
          piece.begin(keyBytes(key));
        }
        const { partitionOf, offsets } = this.#blockOf(node);
        piece.add(partitionOf[node & IN_BLOCK] ?? 0, offsets[node & IN_BLOCK] ?? 0n);
      }
      if (!piece.isFull) continue;
      yield piece.packed(partitions);
      [piece, walk.steps] = [new Piece(key + 1), 0];
    }
    yield piece.packed(partitions);
  }

  /** Newest first. NONE stands for records that are passed over: many of them are a step as well. */
  *#keptNodes(key: number, walk: Walk): Generator<number, void, void> {
    // Per partition whether the newest expired record has been met.
    const expired = new Set<number>();
    for (let node = this.#headOf(key); node !== NONE; node = this.#previousOf(node)) {
      walk.steps++;
      const isKept = node < walk.count && this.#isKept(node, walk, expired);
      if (isKept || walk.steps >= PIECE_VISITS_MAX) yield isKept ? node : NONE;
    }
  }

  #isKept(node: number, { bounds }: Walk, expired: Set<number>): boolean {
    const { partitionOf, offsets } = this.#blockOf(node);
    const number = partitionOf[node & IN_BLOCK] ?? 0;
    const offset = offsets[node & IN_BLOCK] ?? 0n;
    const bound = bounds[number];
    if (bound === undefined || offset > bound.last) return false;
    if (offset >= bound.first) return true;
    const isNewest = !expired.has(number);
    expired.add(number);
    return isNewest;
  }

  /** Takes the pieces of a capture in their order. Their keys must not have other records yet. */
  take({ partitions, first, counts, partitionOf, offsets }: PackedRecords): void {
    const numbers = partitions.map((partition) => this.#numberOf(partition));
    let at = 0;
    for (const [index, count] of counts.entries()) {
      for (let left = count; left > 0; left--, at++) {
        const number = numbers[partitionOf[at] ?? 0] ?? 0;
        this.#insert(first + index, { number, offset: offsets[at] ?? 0n, after: NONE });
      }
    }
  }

  #headOf(key: number): number {
    return this.#heads[key >> BLOCK_BITS]?.[key & IN_BLOCK] ?? NONE;
  }

  #headsOf(key: number): Int32Array {
    while (key >> BLOCK_BITS >= this.#heads.length) this.#heads.push(new Int32Array(BLOCK_SIZE).fill(NONE));
    const heads = this.#heads[key >> BLOCK_BITS];
    invariant(heads !== undefined, 'there is a block for every key');
    return heads;
  }

  #previousOf(node: number): number {
    return this.#blockOf(node).previous[node & IN_BLOCK] ?? NONE;
  }

  #blockOf(node: number): Block {
    const block = this.#blocks[node >> BLOCK_BITS];
    invariant(block !== undefined, 'there is a block for every record');
    return block;
  }

  #numberOf(partition: PartitionKey): number {
    const known = this.#partitionIndexes.get(partition);
    if (known !== undefined) return known;
    this.#partitionIndexes.set(partition, this.#partitions.length);
    return this.#partitions.push(partition) - 1;
  }
}

interface Walk {
  /** Records there were at the instant that is packed. */
  readonly count: number;
  /** By the number of the partition. */
  readonly bounds: readonly { readonly first: bigint; readonly last: bigint }[];
  steps: number;
}

class Piece {
  readonly #first: number;
  readonly #counts: number[] = [];
  readonly #partitionOf: number[] = [];
  readonly #offsets: bigint[] = [];
  #bytes = 0;

  constructor(first: number) {
    this.#first = first;
  }

  get isFull(): boolean {
    return this.#bytes >= limits.checkpointChunkBytes;
  }

  begin(keyBytes: number): void {
    this.#counts.push(0);
    this.#bytes += keyBytes;
  }

  add(partition: number, offset: bigint): void {
    this.#counts[this.#counts.length - 1] = (this.#counts.at(-1) ?? 0) + 1;
    this.#partitionOf.push(partition);
    this.#offsets.push(offset);
    this.#bytes += RECORD_BYTES;
  }

  packed(partitions: readonly PartitionKey[]): PackedRecords {
    const counts = Uint32Array.from(this.#counts);
    const partitionOf = Uint16Array.from(this.#partitionOf);
    return { partitions, first: this.#first, counts, partitionOf, offsets: BigUint64Array.from(this.#offsets) };
  }
}

function newBlock(): Block {
  return {
    offsets: new BigUint64Array(BLOCK_SIZE),
    partitionOf: new Uint16Array(BLOCK_SIZE),
    previous: new Int32Array(BLOCK_SIZE),
  };
}
