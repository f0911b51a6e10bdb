/**
 * How sure retrieval is that something it found bears on the question: what a copilot may abstain by. A pure function of the question
 * weighed and of the best that was found for it. No probability: it orders questions of one method, and says nothing across methods.
 */
import { roundScore, type ScoredEntity, type WeighedQuestion } from './scorer.js';

/** Of the best, how many ranks below the first something is that any question finds. */
const ORDINARY_RANK = 9;
/** Half: how good the best is and by how much it stands out count the same. */
const ORDINARY_SHARE = 1 / 2;

/**
 * `best`: best first. The best score less half of the tenth's, which is 0 where fewer were found: a question that everything is a little
 * about is not answered by the best of it. Between 0 and 1, rounded to 6 decimals; 0 where nothing was found.
 */
export function confidenceOf(question: WeighedQuestion, best: readonly ScoredEntity[]): number {
  const [first] = best;
  if (first === undefined) return 0;
  const standing = first.score - ORDINARY_SHARE * Math.max(0, best[ORDINARY_RANK]?.score ?? 0);
  return roundScore(Math.min(1, Math.max(0, shareOf(question, standing))));
}

/** BM25 has no scale of its own and no bound: beside the scale of its question it lies between 0 and 1 as x / (1 + x), in the same order. */
function shareOf({ vector, lexicalScale }: WeighedQuestion, standing: number): number {
  if (vector !== null || standing <= 0) return standing;
  return standing / (standing + lexicalScale);
}
