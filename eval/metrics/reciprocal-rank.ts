/** Reciprocal rank: trec_eval `recip_rank`; its mean over questions is MRR. */
import { firstOf, isRelevant, type Judgements, type Ranking, relevantCount } from './judgements.js';

/** 1 over the rank of the first relevant, 0 when there is none among the first k. Undefined when nothing is relevant. */
export function reciprocalRank(
  ranking: Ranking,
  judgements: Judgements,
  k = Number.POSITIVE_INFINITY,
): number | undefined {
  if (relevantCount(judgements) === 0) return undefined;
  const at = firstOf(ranking, k).findIndex((id) => isRelevant(judgements, id));
  return at === -1 ? 0 : 1 / (at + 1);
}
