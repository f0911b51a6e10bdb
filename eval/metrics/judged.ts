/** Judged at k: how much of a ranking anybody has judged, and so how far its other figures can be trusted. */
import { firstOf, type Judgements, type Ranking, relevantCount, unjudgedAmong } from './judgements.js';

/** The share of the first k, or of fewer where the ranking is shorter, that is judged. Undefined without a ranking, or when nothing is relevant. */
export function judged(ranking: Ranking, judgements: Judgements, k: number): number | undefined {
  const shown = firstOf(ranking, k).length;
  if (shown === 0 || relevantCount(judgements) === 0) return undefined;
  return 1 - unjudgedAmong(ranking, judgements, k) / shown;
}
