/**
 * The best of a corpus by words and vectors. The 8-bit rows give each passage a ceiling that its score cannot pass. The passages
 * with the highest ceilings are scored exactly; then all whose ceiling reaches the worst of the best. What is never scored exactly
 * is proven to be out, so the result is that of scoring everything.
 */
import { type FusedBy, fuse } from '../../src/retrieval/scorer.js';
import { LowestFirst } from './bm25-floor.js';
import { NOBODY, type PassageTable } from './bm25-passages.js';
import { ROUNDING } from './bm25-scan.js';
import type { VectorArena } from './vector-arena.js';
import { QuantizedRows } from './vector-rows.js';

/** Fewer vectors are scored exactly in less than 0.2 ms. */
const ROWS_MIN = 1_024;
/** Passages scored exactly at first, four for each entity that is wanted: hardly ever are more needed. */
const FIRST_SHARE = 4;

export interface DenseQuestion {
  readonly vector: Float32Array;
  readonly fusedBy: FusedBy;
  /** BM25 by passage number. */
  readonly lexical: Float64Array;
}

/** Consecutive passage numbers, `end` not among them. */
export interface PassageRange {
  readonly first: number;
  readonly end: number;
}

export interface Wanted {
  /** Entities. */
  readonly limit: number;
  /** A rounded score below this one cannot get in any more. */
  floor(): number;
  /** Scores the passage's entity exactly and offers it; returns all its passages. */
  rescore(passage: number): PassageRange;
}

export class DenseScan {
  readonly #arena: VectorArena;
  readonly #rows: QuantizedRows;
  /** What the score of each passage's entity can be at most; minus infinity once it is known. */
  #ceilings = new Float64Array(0);

  constructor(arena: VectorArena) {
    this.#arena = arena;
    this.#rows = new QuantizedRows(arena);
  }

  /** Whether a search may come here: it has all of the passages, and they are many. */
  covers({ count }: PassageTable): boolean {
    return count > 0 && this.#rows.count === count;
  }

  /** Takes over what was added to the passages, as soon as they are many. */
  follow(passages: PassageTable): void {
    if (passages.dimensions > 0 && passages.count >= ROWS_MIN) this.#rows.follow(passages);
  }

  renumber(numbers: Int32Array): void {
    this.#rows.renumber(numbers);
  }

  search(question: DenseQuestion, owners: Int32Array, wanted: Wanted): void {
    const { facts } = this.#arena;
    facts.searches += 1;
    const ceilings = this.#raise(question, owners);
    const first = new LowestFirst(wanted.limit * FIRST_SHARE);
    for (const ceiling of ceilings) if (ceiling > first.lowest) first.add(ceiling);
    facts.rescored += this.#rescore(ceilings, wanted, first.lowest);
    const more = this.#rescore(ceilings, wanted, Number.NEGATIVE_INFINITY);
    facts.rescored += more;
    if (more > 0) facts.widened += 1;
  }

  #raise({ vector, fusedBy, lexical }: DenseQuestion, owners: Int32Array): Float64Array {
    const { count, errors } = this.#rows;
    const { scale, slack, length } = this.#rows.approximate(vector);
    const { dots } = this.#rows;
    if (this.#ceilings.length < count) this.#ceilings = new Float64Array(owners.length);
    const ceilings = this.#ceilings.subarray(0, count);
    for (let at = 0; at < count; at++) {
      const dense = (dots[at] ?? 0) * scale + (slack + length * (errors[at] ?? 0));
      ceilings[at] = owners[at] === NOBODY ? Number.NEGATIVE_INFINITY : fuse(dense, lexical[at] ?? 0, fusedBy);
    }
    return ceilings;
  }

  /** Scores exactly what may get in and has at least this ceiling. Returns how many entities that were. */
  #rescore(ceilings: Float64Array, { floor, rescore }: Wanted, ceilingMin: number): number {
    let rescored = 0;
    let bound = Math.max(Number.MIN_VALUE, ceilingMin, floor() - ROUNDING);
    for (let at = 0; at < ceilings.length; at++) {
      // Asked like this, a ceiling that is no number is no reason to leave a passage out.
      if ((ceilings[at] ?? 0) < bound) continue;
      const { first, end } = rescore(at);
      ceilings.fill(Number.NEGATIVE_INFINITY, first, end);
      rescored += 1;
      bound = Math.max(Number.MIN_VALUE, ceilingMin, floor() - ROUNDING);
    }
    return rescored;
  }
}
