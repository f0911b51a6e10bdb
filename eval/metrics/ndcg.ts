/** Normalized discounted cumulative gain: trec_eval `ndcg_cut_k`, without a cut `ndcg`. */
import { firstOf, type Judgements, type Ranking, relevantCount } from './judgements.js';

/**
 * Discounted gain of the first k over that of the best possible first k, with the gain itself (not its power of two) divided by
 * `log2(rank + 1)` (Järvelin and Kekäläinen, 2002). Undefined when nothing is relevant.
 */
export function ndcg(ranking: Ranking, judgements: Judgements, k = Number.POSITIVE_INFINITY): number | undefined {
  if (relevantCount(judgements) === 0) return undefined;
  const found = firstOf(ranking, k).map((id) => judgements.get(id) ?? 0);
  const ideal = [...judgements.values()].sort((a, b) => b - a).slice(0, k);
  return discountedGain(found) / discountedGain(ideal);
}

/** A gain below 0 is worth 0, as in trec_eval. */
function discountedGain(gains: readonly number[]): number {
  return gains.reduce((sum, gain, at) => sum + Math.max(0, gain) / Math.log2(at + 2), 0);
}
