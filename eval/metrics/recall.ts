/** Recall: trec_eval `recall_k`. */
import { firstOf, isRelevant, type Judgements, type Ranking, relevantCount } from './judgements.js';

/** The share of the relevant among the first k. Divided by all that are relevant, also when they are more than k. Undefined when none is. */
export function recall(ranking: Ranking, judgements: Judgements, k = Number.POSITIVE_INFINITY): number | undefined {
  const relevant = relevantCount(judgements);
  if (relevant === 0) return undefined;
  return firstOf(ranking, k).filter((id) => isRelevant(judgements, id)).length / relevant;
}
