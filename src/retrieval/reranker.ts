/**
 * A second look at the best: a model that reads question and text together ranks better than one that compares their vectors, and is too
 * slow for more than a few. The default is none. Contract: `reranker.contract.ts`.
 */
import type { Ref } from '../domain/entity.js';
import type { Turn } from './conversation.js';
import type { RankingRules, RetrievalMethod } from './method.js';

export interface Reread {
  readonly question: string;
  /** What was said before it, oldest first. */
  readonly history: readonly Turn[];
}

export interface RerankCandidate {
  readonly ref: Ref;
  /** The texts of its passages, in order, at least one. */
  readonly passages: readonly string[];
}

export interface Reranker {
  /** Names all that a score depends on, of a model its files. A part of the ranking's name in every stamp. */
  readonly id: string;
  /** How many of the best of each kind it looks at, from 1; of those, as many as are served or named as near misses. */
  readonly depth: number;
  /**
   * One score per candidate, in order; higher is better. A pure function of what is asked and of that one candidate, so that neither
   * who else was found nor the order moves it, and a replay makes it again: nothing is recorded but what was served. Rejects with a
   * retriable error when it cannot answer now.
   */
  rerank(asked: Reread, candidates: readonly RerankCandidate[]): Promise<readonly number[]>;
}

const MARK = '+rerank:';

/** The name of everything that orders candidates. */
export function rankingIdOf({ ranking, reranker }: Pick<RetrievalMethod, 'ranking' | 'reranker'>): RankingRules['id'] {
  return reranker === undefined ? ranking.id : `${ranking.id}${MARK}${reranker.id}/${reranker.depth}`;
}

/** Of such a name, the reranker; empty where there was none. */
export function rerankerIn(rankingId: string): string {
  const at = rankingId.indexOf(MARK);
  return at < 0 ? '' : rankingId.slice(at + MARK.length);
}
