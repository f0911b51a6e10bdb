/**
 * Digests with an offset each, sorted, in leaves of bounded size: a step moves the rows of one leaf and no others, however many there
 * are. What has been captured is shared until a leaf is written again, which copies that leaf.
 *
 *     row   digest (32) | offset (8, little-endian)
 */
import { limits } from '../limits.js';

const DIGEST_BYTES = 32;
const ROW_BYTES = DIGEST_BYTES + 8;
/** Rows that one step moves at most. A full leaf is halved; leaves made at once begin half full, as halved ones do. */
export const LEAF_ROWS_MAX = 256;
const HALF_LEAF_BYTES = (LEAF_ROWS_MAX / 2) * ROW_BYTES;
/** Rows looked at between two turns of others. */
export const SLICE_ROWS_MAX = Math.floor(limits.checkpointChunkBytes / ROW_BYTES);

interface Leaf {
  readonly bytes: Buffer;
  rows: number;
  /** How many captures there had been when it was made: it is in none of the later ones. */
  readonly captures: number;
}

type Place = { readonly kind: 'found' | 'gap'; readonly at: number };

export class DigestTable {
  readonly #leaves: Leaf[] = [];
  #captures = 0;
  #count = 0;

  /** `rows`: what an earlier capture gave, one slice after the other. It is shared, and not changed. */
  constructor(rows: Buffer) {
    for (let at = 0; at < rows.length; at += HALF_LEAF_BYTES) {
      const bytes = rows.subarray(at, at + HALF_LEAF_BYTES);
      this.#leaves.push({ bytes, rows: bytes.length / ROW_BYTES, captures: -1 });
    }
    this.#count = rows.length / ROW_BYTES;
  }

  get count(): number {
    return this.#count;
  }

  get leafCount(): number {
    return this.#leaves.length;
  }

  find(digest: Buffer): bigint | undefined {
    const leaf = this.#leaves[this.#leafOf(digest)];
    if (leaf === undefined) return undefined;
    const { kind, at } = placeIn(leaf, digest);
    return kind === 'found' ? offsetAt(leaf, at) : undefined;
  }

  set(digest: Buffer, offset: bigint): void {
    if (this.#leaves.length === 0) this.#leaves.push(this.#leafWith(Buffer.alloc(0)));
    let index = this.#leafOf(digest);
    let leaf = this.#writable(index);
    const { kind, at } = placeIn(leaf, digest);
    if (kind === 'found') {
      leaf.bytes.writeBigUInt64LE(offset, at + DIGEST_BYTES);
      return;
    }
    if (leaf.rows === LEAF_ROWS_MAX) {
      this.#halve(index);
      index = this.#leafOf(digest);
      leaf = this.#writable(index);
    }
    insert(leaf, digest, offset);
    this.#count++;
  }

  /** Forgets what is before `first` in the leaf of that number, and returns the number of the next to be gone through. */
  sweep(index: number, first: bigint): number {
    const leaf = this.#leaves[index];
    if (leaf === undefined) return index;
    const kept = Buffer.allocUnsafe(leaf.rows * ROW_BYTES);
    const bytes = copyRows(leaf, kept, (offset) => offset >= first);
    if (bytes === kept.length) return index + 1;
    this.#count -= (kept.length - bytes) / ROW_BYTES;
    const rest = bytes === 0 ? [] : [this.#leafWith(kept.subarray(0, bytes))];
    this.#leaves.splice(index, 1, ...rest);
    return index + rest.length;
  }

  /**
   * As of this instant, whatever is set later: the rows whose offsets are kept, sorted. Each slice takes `SLICE_ROWS_MAX` rows to
   * make, and is empty where none of those is kept.
   */
  capture(isKept: (offset: bigint) => boolean): () => Generator<Buffer, void, void> {
    const leaves = this.#leaves.slice();
    this.#captures++;
    return () => slicesOf(leaves, isKept);
  }

  /** The last leaf that begins at or before the digest. */
  #leafOf(digest: Buffer): number {
    let [low, high] = [1, this.#leaves.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const leaf = this.#leaves[middle];
      if (leaf !== undefined && orderAt(leaf, 0, digest) <= 0) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #writable(index: number): Leaf {
    const leaf = this.#leaves[index];
    if (leaf?.captures === this.#captures) return leaf;
    const copy = this.#leafWith(leaf?.bytes.subarray(0, leaf.rows * ROW_BYTES) ?? Buffer.alloc(0));
    this.#leaves[index] = copy;
    return copy;
  }

  #halve(index: number): void {
    const leaf = this.#writable(index);
    const upper = this.#leafWith(leaf.bytes.subarray(HALF_LEAF_BYTES, leaf.rows * ROW_BYTES));
    leaf.rows = LEAF_ROWS_MAX / 2;
    this.#leaves.splice(index + 1, 0, upper);
  }

  #leafWith(rows: Buffer): Leaf {
    const bytes = Buffer.allocUnsafeSlow(LEAF_ROWS_MAX * ROW_BYTES);
    rows.copy(bytes);
    return { bytes, rows: rows.length / ROW_BYTES, captures: this.#captures };
  }
}

function placeIn(leaf: Leaf, digest: Buffer): Place {
  let [low, high] = [0, leaf.rows];
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = orderAt(leaf, middle * ROW_BYTES, digest);
    if (order === 0) return { kind: 'found', at: middle * ROW_BYTES };
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return { kind: 'gap', at: low * ROW_BYTES };
}

function insert(leaf: Leaf, digest: Buffer, offset: bigint): void {
  const { at } = placeIn(leaf, digest);
  leaf.bytes.copyWithin(at + ROW_BYTES, at, leaf.rows * ROW_BYTES);
  digest.copy(leaf.bytes, at);
  leaf.bytes.writeBigUInt64LE(offset, at + DIGEST_BYTES);
  leaf.rows++;
}

/** Below zero when the row at `at` comes before the digest. */
function orderAt({ bytes }: Leaf, at: number, digest: Buffer): number {
  // Two digests nearly always differ in their first bytes, and comparing those as numbers costs far less than calling `compare`.
  const order = bytes.readUInt32BE(at) - digest.readUInt32BE(0);
  return order !== 0 ? order : bytes.compare(digest, 0, DIGEST_BYTES, at, at + DIGEST_BYTES);
}

function offsetAt({ bytes }: Leaf, at: number): bigint {
  return bytes.readBigUInt64LE(at + DIGEST_BYTES);
}

/** Returns how many bytes have been written to `target`. */
function copyRows(leaf: Leaf, target: Buffer, isKept: (offset: bigint) => boolean): number {
  let bytes = 0;
  for (let at = 0; at < leaf.rows * ROW_BYTES; at += ROW_BYTES) {
    if (isKept(offsetAt(leaf, at))) bytes += leaf.bytes.copy(target, bytes, at, at + ROW_BYTES);
  }
  return bytes;
}

function* slicesOf(leaves: readonly Leaf[], isKept: (offset: bigint) => boolean): Generator<Buffer, void, void> {
  for (let next = 0; next < leaves.length; ) {
    const slice = Buffer.allocUnsafe(SLICE_ROWS_MAX * ROW_BYTES);
    let [rows, bytes] = [0, 0];
    for (; next < leaves.length; next++) {
      const leaf = leaves[next];
      if (leaf === undefined || rows + leaf.rows > SLICE_ROWS_MAX) break;
      bytes += copyRows(leaf, slice.subarray(bytes), isKept);
      rows += leaf.rows;
    }
    yield slice.subarray(0, bytes);
  }
}
