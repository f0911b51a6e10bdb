/** The passages of one corpus as columns: whose each is, how long, and its vector. Numbers are given in ascending order. */
import { invariant } from '../../src/errors.js';
import { lengthNorm } from '../../src/retrieval/bm25.js';
import { dotAt } from '../../src/retrieval/vectors.js';

/** Owner of a passage that was taken out; its number is given up at the next compaction. */
export const NOBODY = -1;

const PASSAGES_MIN = 64;

export class PassageTable {
  /** Entity number of each passage, or `NOBODY`. */
  owners = new Int32Array(PASSAGES_MIN);
  /** Terms of each passage, with repetitions. */
  lengths = new Int32Array(PASSAGES_MIN);
  /** Vectors one behind the other, `dimensions` numbers each; a passage without one has zeros, which are like nothing. */
  vectors = new Float32Array(0);
  dimensions = 0;
  /** Passages ever added, taken out or not. */
  count = 0;
  /** Of those not taken out. */
  liveCount = 0;
  #lengthMax = 0;
  /** The norms last asked for: questions are weighed by the same statistics many times. */
  #norms = { meanLength: Number.NaN, made: new Float64Array(0) };

  /** Whether the vectors are of the table's dimension, or of one among themselves in a table that has none yet. */
  takes(vectors: readonly Float32Array[]): boolean {
    const dimensions = this.dimensions === 0 ? vectors[0]?.length : this.dimensions;
    return vectors.every(({ length }) => length === dimensions);
  }

  /** Returns the passage's number. */
  add(owner: number, length: number, vector: Float32Array | null): number {
    const number = this.count;
    this.#reserve(number + 1, vector?.length ?? 0);
    this.owners[number] = owner;
    this.lengths[number] = length;
    if (vector !== null) this.vectors.set(vector, number * this.dimensions);
    this.count += 1;
    this.liveCount += 1;
    this.#lengthMax = Math.max(this.#lengthMax, length);
    return number;
  }

  remove(number: number): void {
    invariant(this.owners[number] !== NOBODY, 'a passage is taken out once');
    this.owners[number] = NOBODY;
    this.liveCount -= 1;
  }

  /** The BM25 length norm of every length there is, so that a search divides once per posting and not twice. */
  norms(meanLength: number): Float64Array {
    const { made } = this.#norms;
    if (this.#norms.meanLength === meanLength && made.length > this.#lengthMax) return made;
    const norms = Float64Array.from({ length: this.#lengthMax + 1 }, (_, length) => lengthNorm(length, meanLength));
    this.#norms = { meanLength, made: norms };
    return norms;
  }

  /** Closes the gaps that removed passages left. Returns the new number of each, `NOBODY` for those that are gone. */
  compact(): Int32Array {
    const { owners, lengths, vectors, dimensions } = this;
    const numbers = new Int32Array(this.count).fill(NOBODY);
    let kept = 0;
    for (let old = 0; old < this.count; old++) {
      const owner = owners[old] ?? NOBODY;
      if (owner === NOBODY) continue;
      owners[kept] = owner;
      lengths[kept] = lengths[old] ?? 0;
      if (dimensions > 0) vectors.copyWithin(kept * dimensions, old * dimensions, (old + 1) * dimensions);
      numbers[old] = kept;
      kept += 1;
    }
    // A passage without a vector relies on finding zeros in its place.
    vectors.fill(0, kept * dimensions);
    this.count = kept;
    return numbers;
  }

  /** Dot product with the passage's vector, by the scorer's arithmetic. */
  dot(number: number, vector: Float32Array): number {
    return dotAt(this.vectors, number * this.dimensions, vector);
  }

  #reserve(count: number, dimensions: number): void {
    if (dimensions !== 0 && this.dimensions === 0) this.dimensions = dimensions;
    invariant(dimensions === 0 || dimensions === this.dimensions, 'vectors of one index have one dimension');
    if (count > this.owners.length) {
      const room = Math.ceil(this.owners.length * 1.5);
      this.owners = enlarged(this.owners, new Int32Array(room));
      this.lengths = enlarged(this.lengths, new Int32Array(room));
    }
    const numbers = this.owners.length * this.dimensions;
    if (numbers > this.vectors.length) {
      const room = new Float32Array(numbers);
      room.set(this.vectors);
      this.vectors = room;
    }
  }
}

function enlarged(from: Int32Array, into: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  into.set(from);
  return into;
}
