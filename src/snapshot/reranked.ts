/** The best in the order of a second look; what was not looked at comes after them as it was. */

import type { RetrievalMethod } from '../retrieval/method.js';
import { passagesOfEntity } from '../retrieval/passages.js';
import type { Reranker } from '../retrieval/reranker.js';
import { compareRanked, roundScore } from '../retrieval/scorer.js';
import type { ScoredCandidate } from './candidates.js';
import type { AskingRequest } from './retriever.js';

/** `kept`: best first. Of a method without a reranker they stay as they are. */
export async function reranked(
  { question, history = [] }: AskingRequest,
  kept: readonly ScoredCandidate[],
  { reranker, passages }: RetrievalMethod,
): Promise<readonly ScoredCandidate[]> {
  if (reranker === undefined || kept.length === 0) return kept;
  const looked = kept.slice(0, reranker.depth);
  const candidates = looked.map(({ ref, entity }) => {
    return { ref, passages: passagesOfEntity(passages, entity).map(({ text }) => text) };
  });
  const scores = await reranker.rerank({ question, history }, candidates);
  const rescored = looked.map((one, index) => ({ ...one, reranked: roundScore(scoreAt(reranker, scores, index)) }));
  return [...rescored.sort(compareReranked), ...kept.slice(reranker.depth)];
}

function scoreAt({ id }: Reranker, scores: readonly number[], index: number): number {
  const score = scores[index];
  if (score === undefined || !Number.isFinite(score)) throw new Error(`the reranker ${id} returned no score`);
  return score;
}

/** What was looked at a second time first, by that; then the rest by their scores. Total over distinct references. */
export function compareReranked(a: ScoredCandidate, b: ScoredCandidate): number {
  if (a.reranked === undefined && b.reranked === undefined) return compareRanked(a, b);
  if (a.reranked === undefined || b.reranked === undefined) return a.reranked === undefined ? 1 : -1;
  return compareRanked({ ref: a.ref, score: a.reranked }, { ref: b.ref, score: b.reranked });
}
