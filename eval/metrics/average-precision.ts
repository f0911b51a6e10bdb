/** Average precision: trec_eval `map` and `map_cut_k`; its mean over questions is MAP. */
import { firstOf, isRelevant, type Judgements, type Ranking, relevantCount } from './judgements.js';

/**
 * The mean, over all relevant documents, of the precision at the rank of each; one that is not ranked counts 0. Undefined when nothing is
 * relevant. No deeper than the ranking: of a question that asked for ten it is MAP at ten.
 */
export function averagePrecision(
  ranking: Ranking,
  judgements: Judgements,
  k = Number.POSITIVE_INFINITY,
): number | undefined {
  const relevant = relevantCount(judgements);
  if (relevant === 0) return undefined;
  let found = 0;
  let sum = 0;
  for (const [at, id] of firstOf(ranking, k).entries()) {
    if (!isRelevant(judgements, id)) continue;
    found++;
    sum += found / (at + 1);
  }
  return sum / relevant;
}
