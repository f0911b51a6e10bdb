/**
 * Words as sparse vectors, such that the dot product of a question and a passage is never below their BM25 by more than rounding.
 * What a passage's word adds depends on the mean length of the passages, which is known when a question comes, not when the passage is
 * written. So the passage keeps what it adds at one assumed mean, and the question is raised by the most that another mean can add to that.
 */
import { sha256Hex } from '../../src/domain/canonical.js';
import { limits } from '../../src/limits.js';
import { lengthNorm, saturation } from '../../src/retrieval/bm25.js';
import type { PassageTerms } from '../../src/retrieval/passage-terms.js';
import type { WeighedQuestion } from '../../src/retrieval/scorer.js';

export interface SparseVector {
  /** Each once. */
  readonly indices: readonly number[];
  readonly values: readonly number[];
}

/** Terms of a passage of about 600 characters. Part of the format: with another mean, other numbers are kept. */
export const MEAN_ASSUMED = 80;

export function passageVector({ counts, length }: PassageTerms): SparseVector {
  const norm = lengthNorm(length, MEAN_ASSUMED);
  return summed(Array.from(counts, ([term, count]) => [term, saturation(count, norm)]));
}

export function questionVector({ terms, meanLength }: Pick<WeighedQuestion, 'terms' | 'meanLength'>): SparseVector {
  const raise = raiseFor(meanLength);
  return summed(terms.map(({ term, weight }) => [term, weight * raise]));
}

/**
 * The most by which a word can add more at this mean length than at the assumed one: the maximum of `(c + a(l)) / (c + n(l))` over
 * counts c of at least 1 and lengths l up to `limits.termsMax`, where a and n are the norms at the assumed mean and at this one. Where
 * a > n it falls with c; both norms are straight lines in l, so at c = 1 it lies at one end of the lengths; where a <= n it is at most 1.
 */
export function raiseFor(meanLength: number): number {
  const ratioAt = (length: number) => (1 + lengthNorm(length, MEAN_ASSUMED)) / (1 + lengthNorm(length, meanLength));
  return Math.max(1, ratioAt(1), ratioAt(limits.termsMax));
}

/** Words that share an index are added up, on both sides: `(a + b)(c + d) >= ac + bd`, so the product stays an upper bound. */
function summed(weights: readonly (readonly [term: string, weight: number])[]): SparseVector {
  const sums = new Map<number, number>();
  for (const [term, weight] of weights) {
    const index = indexOf(term);
    sums.set(index, (sums.get(index) ?? 0) + weight);
  }
  return { indices: [...sums.keys()], values: [...sums.values()] };
}

function indexOf(term: string): number {
  return Number.parseInt(sha256Hex(term).slice(0, 8), 16);
}
