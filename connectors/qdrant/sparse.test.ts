import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.js';
import { lengthNorm, saturation } from '../../src/retrieval/bm25.js';
import { MEAN_ASSUMED, passageVector, questionVector, raiseFor } from './sparse.js';

const mean = fc.oneof(fc.constant(0), fc.double({ min: 0.5, max: limits.termsMax, noNaN: true }));

describe('words as sparse vectors', () => {
  it('a question is raised to what a word can add at its mean length, whatever the count and the length', () => {
    const length = fc.integer({ min: 1, max: limits.termsMax });
    fc.assert(
      fc.property(mean, length, fc.integer({ min: 1, max: 100 }), (meanLength, terms, count) => {
        const kept = saturation(count, lengthNorm(terms, MEAN_ASSUMED));
        const adds = saturation(count, lengthNorm(terms, meanLength));
        expect(kept * raiseFor(meanLength)).toBeGreaterThanOrEqual(adds * (1 - 1e-12));
      }),
      { numRuns: 5_000 },
    );
  });

  it('nothing is raised where passages are as long as assumed, or shorter', () => {
    expect([MEAN_ASSUMED, MEAN_ASSUMED / 2, 1].map(raiseFor)).toEqual([1, 1, 1]);
  });

  it('names each word once, by the same number on both sides', () => {
    const counts = new Map([
      ['refund', 2],
      ['card', 1],
    ]);
    const passage = passageVector({ hash: `sha256-${'0'.repeat(64)}`, length: 3, counts });
    const terms = [
      { term: 'card', weight: 1 },
      { term: 'refund', weight: 2 },
    ];
    const question = questionVector({ terms, meanLength: MEAN_ASSUMED });
    expect(new Set(passage.indices)).toEqual(new Set(question.indices));
    expect(question.values).toEqual([1, 2]);
    for (const index of passage.indices) expect(index).toBe(index >>> 0);
  });
});
