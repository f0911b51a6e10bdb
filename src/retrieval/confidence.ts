/**
 * How sure retrieval is that something it found bears on the question: what a copilot may abstain by. A pure function of the question
 * weighed and of the best that was found for it. No probability: it orders questions of one method, and says nothing across methods.
 */
import { roundScore, type ScoredEntity, type WeighedQuestion } from './scorer.js';

/** `best`: best first. Between 0 and 1, rounded to 6 decimals; 0 where nothing was found. */
export function confidenceOf(question: WeighedQuestion, best: readonly ScoredEntity[]): number {
  const [first] = best;
  if (first === undefined) return 0;
  return roundScore(Math.min(1, Math.max(0, shareOf(question, first))));
}

/** The score as a share of the most there is for this question: a fused score is one, BM25 has no scale of its own. */
function shareOf({ vector, lexicalMax }: WeighedQuestion, { score }: ScoredEntity): number {
  if (vector !== null) return score;
  return lexicalMax === 0 ? 0 : score / lexicalMax;
}
