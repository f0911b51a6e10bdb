/** Precision: trec_eval `P_k`. */
import { firstOf, isRelevant, type Judgements, type Ranking, relevantCount } from './judgements.js';

/** The relevant among the first k, over k, also when the ranking is shorter. Undefined when nothing is relevant. */
export function precision(ranking: Ranking, judgements: Judgements, k: number): number | undefined {
  if (relevantCount(judgements) === 0) return undefined;
  return firstOf(ranking, k).filter((id) => isRelevant(judgements, id)).length / k;
}
