/**
 * BM25 over the postings, one term after the other, the weightiest first. Once what the terms to come can add is less than what
 * parts the best from the rest, a passage not seen so far is out, and the frequent terms, which are long and weigh little, are
 * looked up for the few that are left (the idea of MaxScore: Turtle and Flood, "Query Evaluation: Strategies and Optimizations",
 * 1995). Sums taken in that order may differ from the scorer's in their last bits; what is ranked never does.
 */
import { saturation } from '../../src/retrieval/bm25.js';
import { roundScore, type WeighedQuestion } from '../../src/retrieval/scorer.js';
import { floorOf } from './bm25-floor.js';
import { NOBODY, type PassageTable } from './bm25-passages.js';
import type { Postings, Slice } from './bm25-postings.js';

interface Asked {
  readonly weight: number;
  readonly slice: Readonly<Slice>;
}

/** More than rounding to 6 decimals can add to a score. */
export const ROUNDING = 1e-6;
/** When less than this share of the passages has a score, they are set back one by one. */
const SPARSE_SHARE = 1 / 8;
/** Finding one passage in a slice costs about as much as adding this many entries of it. */
const LOOK_UP_STEPS = 4;

export class Bm25Scan {
  readonly #passages: PassageTable;
  readonly #postings: Postings;
  /** What each passage has got so far; all zeros between questions. */
  #scores = new Float64Array(0);
  /** Passages with a score, in the order they got it. */
  #touched = new Int32Array(0);
  #touchedCount = 0;

  constructor(passages: PassageTable, postings: Postings) {
    this.#passages = passages;
    this.#postings = postings;
  }

  /** By passage number, until `clear`. After `all` each is the scorer's; after `best` those of what it returned are nearly so. */
  get scores(): Float64Array {
    return this.#scores;
  }

  /** Scores every passage that holds a term, adding in the scorer's order. */
  all(question: WeighedQuestion): void {
    this.#open();
    const norms = this.#passages.norms(question.meanLength);
    for (const asked of this.#asked(question)) this.#add(asked, norms);
  }

  /** Passages among which are the best of each of the `limit` best entities, and of all that are level with the last of them. */
  best(question: WeighedQuestion, limit: number): Int32Array {
    this.#open();
    const norms = this.#passages.norms(question.meanLength);
    const asked = this.#asked(question).sort(weightiestFirst);
    const slack = ROUNDING + 2 * errorOf(question);
    let left: Int32Array | null = null;
    let entriesRead = 0;
    // The most the floor can be by now: no passage has grown by more than has been given since it was last looked for.
    let reach = 0;
    for (const [i, term] of asked.entries()) {
      const { length } = term.slice;
      const isSparse: boolean = left !== null && left.length * LOOK_UP_STEPS < length;
      if (left !== null && isSparse) this.#lookUp(term, norms, left);
      else this.#add(term, norms);
      entriesRead += length;
      const seen: Int32Array = left ?? this.#touched.subarray(0, this.#touchedCount);
      const rest = weightFrom(asked, i + 1);
      reach += term.weight;
      const mayCut = seen.length >= limit && reach > rest;
      // Looking for the floor reads all that is seen: worth it for as many entries that were read, or may now be left unread.
      const entriesNext = asked[i + 1]?.slice.length ?? 0;
      if (!mayCut || entriesRead + entriesNext < seen.length) continue;
      entriesRead = 0;
      reach = this.#floor(seen, limit);
      const floor = reach - slack;
      if (floor > rest) left = this.#atLeast(floor - rest, seen);
    }
    return left ?? this.#touched.slice(0, this.#touchedCount);
  }

  /** The score of a passage that `best` returned, rounded as the scorer rounds it. */
  rounded(question: WeighedQuestion, passage: number): number {
    const score = this.#scores[passage] ?? 0;
    const error = errorOf(question);
    const rounded = roundScore(score - error);
    // Between two roundings only the scorer's own sum can tell.
    return rounded === roundScore(score + error) ? rounded : roundScore(this.#exact(question, passage));
  }

  /** Sets all scores back. */
  clear(): void {
    if (this.#touchedCount > this.#scores.length * SPARSE_SHARE) this.#scores.fill(0);
    else for (let i = 0; i < this.#touchedCount; i++) this.#scores[this.#touched[i] ?? 0] = 0;
    this.#touchedCount = 0;
  }

  #open(): void {
    if (this.#scores.length >= this.#passages.count) return;
    this.#scores = new Float64Array(this.#passages.owners.length);
    this.#touched = new Int32Array(this.#passages.owners.length);
  }

  #asked({ terms }: WeighedQuestion): Asked[] {
    return terms.flatMap(({ term, weight }) => {
      const slice = this.#postings.sliceOf(term);
      return slice === undefined ? [] : [{ weight, slice }];
    });
  }

  #add({ weight, slice }: Asked, norms: Float64Array): void {
    const { passages, counts } = this.#postings;
    const { lengths } = this.#passages;
    const [scores, touched] = [this.#scores, this.#touched];
    const end = slice.start + slice.length;
    let touchedCount = this.#touchedCount;
    for (let at = slice.start; at < end; at++) {
      const passage = passages[at] ?? 0;
      const before = scores[passage] ?? 0;
      if (before === 0) touched[touchedCount++] = passage;
      scores[passage] = before + weight * saturation(counts[at] ?? 0, norms[lengths[passage] ?? 0] ?? 0);
    }
    this.#touchedCount = touchedCount;
  }

  /** Adds the term to these passages alone. */
  #lookUp({ weight, slice }: Asked, norms: Float64Array, passages: Int32Array): void {
    const { lengths } = this.#passages;
    for (const passage of passages) {
      const count = this.#postings.countIn(slice, passage);
      if (count === 0) continue;
      const norm = norms[lengths[passage] ?? 0] ?? 0;
      this.#scores[passage] = (this.#scores[passage] ?? 0) + weight * saturation(count, norm);
    }
  }

  #floor(passages: Int32Array, limit: number): number {
    return floorOf({ passages, scores: this.#scores, owners: this.#passages.owners }, limit);
  }

  /** Those with at least this score. */
  #atLeast(score: number, passages: Int32Array): Int32Array {
    const { owners } = this.#passages;
    const scores = this.#scores;
    const kept = new Int32Array(passages.length);
    let count = 0;
    for (const passage of passages) {
      if ((scores[passage] ?? 0) >= score && owners[passage] !== NOBODY) kept[count++] = passage;
    }
    return kept.subarray(0, count);
  }

  #exact(question: WeighedQuestion, passage: number): number {
    const norms = this.#passages.norms(question.meanLength);
    const norm = norms[this.#passages.lengths[passage] ?? 0] ?? 0;
    let sum = 0;
    for (const { weight, slice } of this.#asked(question)) {
      const count = this.#postings.countIn(slice, passage);
      if (count > 0) sum += weight * saturation(count, norm);
    }
    return sum;
  }
}

function weightiestFirst(a: Asked, b: Asked): number {
  return b.weight - a.weight || a.slice.length - b.slice.length;
}

/** The most the terms from this one on can add to a passage. */
function weightFrom(asked: readonly Asked[], from: number): number {
  let sum = 0;
  for (let i = from; i < asked.length; i++) sum += asked[i]?.weight ?? 0;
  return sum;
}

/**
 * How far apart two sums of the same shares of these weights can be when taken in different orders: each addition is off by at
 * most 2 ** -53 of a sum that is at most `lexicalMax` (Higham, "Accuracy and Stability of Numerical Algorithms", section 4.2).
 */
function errorOf({ terms, lexicalMax }: WeighedQuestion): number {
  return (terms.length + 1) * lexicalMax * 2 ** -51;
}
