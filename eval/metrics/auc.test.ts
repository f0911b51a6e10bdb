import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accuracyAt } from './accuracy.js';
import { auc, type Labelled } from './auc.js';

const labelled = (positives: readonly number[], negatives: readonly number[]): readonly Labelled[] => [
  ...positives.map((score) => ({ score, positive: true })),
  ...negatives.map((score) => ({ score, positive: false })),
];

/** Every pair looked at. */
function byPairs(positives: readonly number[], negatives: readonly number[]): number {
  const won = positives.flatMap((p) => negatives.map((n) => (p > n ? 1 : p === n ? 0.5 : 0) as number));
  return won.reduce((sum, one) => sum + one, 0) / won.length;
}

describe('the area under the curve', () => {
  it('is the Mann-Whitney U of another implementation over the pairs, ties counting half', () => {
    expect(auc(labelled([0.9, 0.8, 0.8, 0.4, 0.6], [0.8, 0.3, 0.4, 0.1]))).toBeCloseTo(0.825, 12);
  });

  it('is the share of pairs that are told apart', () => {
    const scores = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(scores, scores, (positives, negatives) => {
        expect(auc(labelled(positives, negatives))).toBeCloseTo(byPairs(positives, negatives), 12);
      }),
    );
  });

  it('is a half for one score for all, and has no value for one class alone', () => {
    expect(auc(labelled([1, 1], [1]))).toBe(0.5);
    expect(auc(labelled([1, 2], []))).toBeUndefined();
    expect(auc([])).toBeUndefined();
  });
});

describe('accuracy at a threshold', () => {
  it('is right when a positive is at or above it, or a negative below', () => {
    const right = [
      { score: 0.5, positive: true },
      { score: 0.4, positive: false },
    ];
    const wrong = [
      { score: 0.4, positive: true },
      { score: 0.5, positive: false },
    ];
    expect(right.map((one) => accuracyAt(one, 0.5))).toEqual([1, 1]);
    expect(wrong.map((one) => accuracyAt(one, 0.5))).toEqual([0, 0]);
  });
});
