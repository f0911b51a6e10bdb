import { describe, expect, it } from 'vitest';
import { contextRequest, tenant } from '../fixtures.test-support.js';
import { CoverageReranker } from '../retrieval/coverage-reranker.test-support.js';
import { lexicalMethod } from '../retrieval/method.js';
import { entity } from '../state/contract-kit.js';
import type { ScoredCandidate } from './candidates.js';
import { reranked } from './reranked.js';

const request = { ...contextRequest(), tenant, question: 'blocked card' };

function candidate(id: string, score: number, body: string): ScoredCandidate {
  const data = { policyId: id, title: '', body };
  const found = entity('policy', id, { data });
  if (found.status !== 'present') throw new Error('it was not deleted');
  return { entity: found, successor: null, ref: `policy/${id}`, score, lexical: score, dense: null };
}

const first = candidate('A', 3, 'card card card');
const second = candidate('B', 2, 'the card is blocked');
const third = candidate('C', 1, 'blocked card');

describe('a second look', () => {
  it('has the last word on what it looked at, ties by reference, and leaves the rest behind it', async () => {
    const looked = await reranked(request, [first, second, third], method(2));
    expect(looked.map(({ ref, reranked }) => [ref, reranked])).toEqual([
      ['policy/B', 1],
      ['policy/A', 0.5],
      ['policy/C', undefined],
    ]);
  });

  it('changes nothing without a reranker', async () => {
    expect(await reranked(request, [first, second], lexicalMethod)).toEqual([first, second]);
  });

  it('fails where a score is missing: no order is made up', async () => {
    const broken = { id: 'broken', depth: 2, rerank: async () => [1] };
    await expect(reranked(request, [first, second], { ...lexicalMethod, reranker: broken })).rejects.toThrow('broken');
  });
});

function method(depth: number) {
  return { ...lexicalMethod, reranker: new CoverageReranker(depth) };
}
