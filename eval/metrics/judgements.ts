/**
 * What a ranking is judged by, in the terms of trec_eval. A ranking is given in its order, best first, so there are no ties left to break:
 * ours are broken by score and then reference before a metric sees them. (trec_eval takes scores and breaks their ties by descending
 * document id; `eval/report/trec.ts` writes runs whose scores keep our order.)
 */
import { invariant } from '../../src/errors.js';

/**
 * Documents that somebody judged, with their gain. 0 and below is judged irrelevant. What is not listed is unjudged and counts as
 * irrelevant, as in trec_eval; how many of those a ranking has is counted beside every metric.
 */
export type Judgements = ReadonlyMap<string, number>;

/** Document ids, best first, each once. */
export type Ranking = readonly string[];

/** Every listed document with gain 1. */
export function binaryJudgements(relevant: Iterable<string>): Judgements {
  return new Map(Array.from(relevant, (id) => [id, 1]));
}

export function isRelevant(judgements: Judgements, id: string): boolean {
  return (judgements.get(id) ?? 0) > 0;
}

/**
 * How many documents are relevant. A metric of a question without any is undefined and left out of a mean: no ranking could do better
 * there. trec_eval gives such a question the value 0, which lowers every system's mean by the same share.
 */
export function relevantCount(judgements: Judgements): number {
  return [...judgements.values()].filter((gain) => gain > 0).length;
}

/** The first `k`, or all. A document listed twice would be paid twice. */
export function firstOf(ranking: Ranking, k: number): Ranking {
  invariant(new Set(ranking).size === ranking.length, 'a ranking lists a document once');
  return ranking.slice(0, k);
}

/** Documents among the first `k` that nobody judged. */
export function unjudgedAmong(ranking: Ranking, judgements: Judgements, k = Number.POSITIVE_INFINITY): number {
  return firstOf(ranking, k).filter((id) => !judgements.has(id)).length;
}
