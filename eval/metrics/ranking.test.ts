import { describe, expect, it } from 'vitest';
import { binaryJudgements, meanOf, ndcgAtK, recallAtK } from './ranking.js';

const twoRelevant = binaryJudgements(['a', 'b']);

describe('recall', () => {
  it('is the share of all relevant documents that are among the first k', () => {
    expect(recallAtK(['a', 'x', 'b'], twoRelevant, 2)).toBe(0.5);
    expect(recallAtK(['a', 'x', 'b'], twoRelevant, 3)).toBe(1);
    expect(recallAtK(['a'], binaryJudgements(['a', 'b', 'c', 'd']), 1)).toBe(0.25);
    expect(recallAtK([], twoRelevant, 10)).toBe(0);
  });

  it('has no value when nothing is relevant', () => {
    expect(recallAtK(['a'], new Map(), 10)).toBeUndefined();
  });
});

describe('nDCG', () => {
  it('is 1 for the best possible order, though more are relevant than fit', () => {
    expect(ndcgAtK(['b', 'a', 'x'], twoRelevant, 10)).toBe(1);
    expect(ndcgAtK(['a'], twoRelevant, 1)).toBe(1);
  });

  it('discounts by the logarithm of the rank', () => {
    // (1/log2(2) + 1/log2(4)) / (1/log2(2) + 1/log2(3)) = 1.5 / 1.63093
    expect(ndcgAtK(['a', 'x', 'b'], twoRelevant, 10)).toBeCloseTo(0.919721, 6);
    // 1/log2(3) over 1
    expect(ndcgAtK(['x', 'a'], binaryJudgements(['a']), 10)).toBeCloseTo(0.63093, 5);
  });

  it('uses the gains as they are', () => {
    const graded = new Map([
      ['best', 3],
      ['good', 2],
      ['fair', 1],
    ]);
    // (2 + 3/1.58496 + 0 + 1/2.32193) / (3 + 2/1.58496 + 1/2) = 4.323466 / 4.761860
    expect(ndcgAtK(['good', 'best', 'x', 'fair'], graded, 10)).toBeCloseTo(0.907936, 5);
  });

  it('has no value when nothing is relevant', () => {
    expect(ndcgAtK(['a'], new Map(), 10)).toBeUndefined();
  });

  it('refuses a ranking that lists a document twice', () => {
    expect(() => ndcgAtK(['a', 'a'], twoRelevant, 10)).toThrow('lists a document once');
  });
});

describe('mean', () => {
  it('leaves out questions without a value', () => {
    expect(meanOf([1, undefined, 0])).toBe(0.5);
    expect(meanOf([undefined])).toBeUndefined();
  });
});
