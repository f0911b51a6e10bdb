/** What every reranker promises. Run by each implementation's test. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RerankCandidate, Reranker } from './reranker.js';

const candidates: readonly RerankCandidate[] = [
  { ref: 'policy/A', passages: ['Refunds are paid within ten days.'] },
  { ref: 'policy/B', passages: ['A card is blocked at once.', 'A new card takes five days.'] },
  { ref: 'ticket/C', passages: [''] },
  { ref: 'policy/D', passages: ['税金の返金 🙂', '\u0000', 'x'.repeat(20_000)] },
];
const asked = { question: 'When are refunds paid?', history: [{ role: 'user', text: 'I returned a card.' }] } as const;

export function rerankerContract(name: string, makeSubject: () => Promise<Reranker>): void {
  describe(`${name} as a reranker`, () => {
    let reranker: Reranker;
    let scores: readonly number[];
    beforeAll(async () => {
      reranker = await makeSubject();
      scores = await reranker.rerank(asked, candidates);
    });

    it('has a name and a depth', () => {
      expect(reranker.id).not.toBe('');
      expect(Number.isInteger(reranker.depth) && reranker.depth >= 1).toBe(true);
    });

    it('gives one finite score per candidate, and none for none', async () => {
      expect(scores.map(Number.isFinite)).toEqual(candidates.map(() => true));
      expect(await reranker.rerank(asked, [])).toEqual([]);
    });

    it('gives a candidate the same score beside any others, in any order', async () => {
      const expected = new Map(candidates.map(({ ref }, index) => [ref, scores[index]]));
      const same = fc.asyncProperty(fc.shuffledSubarray([...candidates]), async (chosen) => {
        const found = await reranker.rerank(asked, chosen);
        expect(found).toEqual(chosen.map(({ ref }) => expected.get(ref)));
      });
      await fc.assert(same, { numRuns: 20 });
    });
  });
}
