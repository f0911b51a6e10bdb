/**
 * The best that an index holds, proven: the threshold algorithm (Fagin, Lotem and Naor, "Optimal Aggregation Algorithms for
 * Middleware", PODS 2001). What the index proposes is scored by whoever asks; more is asked for until nothing that the index left out
 * can be among those wanted. So an index that proposes roughly gives the ranking that scoring everything gives.
 */
import { type Ref, refOf } from '../domain/entity.js';
import { limits } from '../limits.js';
import { fold, type Likened } from './duplicates.js';
import type { IndexAnswer, IndexHit, IndexQuery, RetrievalIndex } from './port.js';
import { compareRanked } from './scorer.js';

/** The first page asked of the index: most questions need no second. */
const PAGE_FIRST = 64;
/** Each page asks for the ones before it again, so it is much larger: two thousand matches are three pages. */
const PAGE_GROWTH = 8;

export interface Wanted extends Pick<IndexQuery, 'scope' | 'question'> {
  /** At least 1. Duplicates count once. */
  readonly count: number;
}

export interface Best<T> {
  /** Each hit that counts, in no order. Among them the `count` best of all that do and what is like one of them before the last, unless it is not complete. */
  readonly found: ReadonlyMap<Ref, T>;
  /** Whether that is proven; false where it would have taken a page beyond `limits.indexHitsMax`. */
  readonly isComplete: boolean;
}

/** `score`: undefined for a hit that does not count. Asked once for one that does. */
export async function bestOf<T extends Likened>(
  index: Pick<RetrievalIndex, 'search'>,
  { scope, question, count }: Wanted,
  score: (hit: IndexHit) => Promise<T | undefined>,
): Promise<Best<T>> {
  const found = new Map<Ref, T>();
  for (let limit = Math.max(PAGE_FIRST, count); ; limit = Math.min(limit * PAGE_GROWTH, limits.indexHitsMax)) {
    const answer = await index.search({ scope, question, limit });
    for (const hit of answer.hits) {
      const ref = refOf(hit.key);
      const scored = found.has(ref) ? undefined : await score(hit);
      if (scored !== undefined) found.set(ref, scored);
    }
    if (isProven([...found.values()], count, answer)) return { found, isComplete: true };
    if (limit >= limits.indexHitsMax) return { found, isComplete: false };
  }
}

/** Whether nothing that was left out can come before the last of those wanted. */
function isProven(found: readonly Likened[], count: number, { beyond, beyondRef }: IndexAnswer): boolean {
  if (beyond <= 0) return true;
  const ranked = found.filter(({ score }) => score > 0).sort(compareRanked);
  const last = fold(ranked, count).kept[count - 1];
  if (last === undefined || last.score !== beyond) return last !== undefined && last.score > beyond;
  // One of the same score may come first, unless all of those come after a hit that does not.
  return beyondRef !== undefined && compareRanked(last, { ref: beyondRef, score: beyond }) <= 0;
}
