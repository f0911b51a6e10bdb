import { describe, expect, it } from 'vitest';
import { CoverageReranker } from './coverage-reranker.test-support.js';
import { defaultRanking } from './method.js';
import { rerankerContract } from './reranker.contract.js';
import { rankingIdOf, rerankerIn } from './reranker.js';

rerankerContract('coverage of terms', async () => new CoverageReranker());

describe('the name of a ranking', () => {
  it('names the reranker and its depth, where there is one', () => {
    const ranking = { ...defaultRanking, id: 'r' };
    const named = rankingIdOf({ ranking, reranker: new CoverageReranker(7) });
    expect([rankingIdOf({ ranking }), named]).toEqual(['r', 'r+rerank:coverage-1/7']);
    expect([rerankerIn('r'), rerankerIn(named)]).toEqual(['', 'coverage-1/7']);
  });
});
