import { describe, expect, it } from 'vitest';
import { judged } from './judged.js';
import { binaryJudgements } from './judgements.js';
import { meanOf } from './mean.js';
import { ndcg } from './ndcg.js';
import { rankedMetric } from './ranked.js';
import { recall } from './recall.js';

const twoRelevant = binaryJudgements(['a', 'b']);

describe('recall', () => {
  it('is the share of all relevant documents that are among the first k', () => {
    expect(recall(['a', 'x', 'b'], twoRelevant, 2)).toBe(0.5);
    expect(recall(['a', 'x', 'b'], twoRelevant, 3)).toBe(1);
    expect(recall(['a'], binaryJudgements(['a', 'b', 'c', 'd']), 1)).toBe(0.25);
    expect(recall([], twoRelevant, 10)).toBe(0);
  });
});

describe('nDCG', () => {
  it('is 1 for the best possible order, though more are relevant than fit', () => {
    expect(ndcg(['b', 'a', 'x'], twoRelevant, 10)).toBe(1);
    expect(ndcg(['a'], twoRelevant, 1)).toBe(1);
  });

  it('discounts by the logarithm of the rank, and uses the gains as they are', () => {
    // (1/log2(2) + 1/log2(4)) / (1/log2(2) + 1/log2(3)) = 1.5 / 1.63093
    expect(ndcg(['a', 'x', 'b'], twoRelevant, 10)).toBeCloseTo(0.919721, 6);
    const graded = new Map(Object.entries({ best: 3, good: 2, fair: 1 }));
    // (2 + 3/1.58496 + 0 + 1/2.32193) / (3 + 2/1.58496 + 1/2) = 4.323466 / 4.761860
    expect(ndcg(['good', 'best', 'x', 'fair'], graded, 10)).toBeCloseTo(0.907936, 5);
  });
});

describe('judged', () => {
  it('is the share of what is shown that somebody judged, relevant or not', () => {
    const judgements = new Map(Object.entries({ a: 1, b: 0 }));
    expect(judged(['a', 'x', 'b', 'y'], judgements, 4)).toBe(0.5);
    expect(judged(['a', 'x'], judgements, 10)).toBe(0.5);
    expect(judged([], judgements, 10)).toBeUndefined();
  });
});

describe('every metric of a ranking', () => {
  const names = ['ndcg@10', 'recall@10', 'mrr', 'mrr@10', 'map', 'p@5', 'success@1', 'judged@10'];

  it.each(names)('%s refuses a ranking that lists a document twice', (name) => {
    expect(() => rankedMetric(name)?.ranked?.of(['a', 'a'], twoRelevant)).toThrow('lists a document once');
  });

  it.each(names)('%s has no value when nothing is relevant', (name) => {
    expect(rankedMetric(name)?.ranked?.of(['a'], new Map([['a', 0]]))).toBeUndefined();
  });
});

describe('mean', () => {
  it('leaves out questions without a value', () => {
    expect(meanOf([1, undefined, 0])).toBe(0.5);
    expect(meanOf([undefined])).toBeUndefined();
  });
});
