/** Success: trec_eval `success_k`. */
import { firstOf, isRelevant, type Judgements, type Ranking, relevantCount } from './judgements.js';

/** 1 when any of the first k is relevant, else 0. Undefined when nothing is relevant. */
export function success(ranking: Ranking, judgements: Judgements, k: number): number | undefined {
  if (relevantCount(judgements) === 0) return undefined;
  return firstOf(ranking, k).some((id) => isRelevant(judgements, id)) ? 1 : 0;
}
