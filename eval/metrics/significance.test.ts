import { describe, expect, it } from 'vitest';
import { seeded } from '../random.js';
import { bootstrapInterval, quantile } from './bootstrap.js';
import { meanOf } from './mean.js';
import { type Pair, randomizationDraws, randomizationTest } from './randomization.js';

const ours = [0.5, 0.7, 0.2, 0.9, 0.4, 0.6, 0.8, 0.3];
const other = [0.4, 0.7, 0.25, 0.5, 0.1, 0.65, 0.6, 0.3];

function pairsOf(left: readonly number[], right: readonly number[]): readonly Pair<number>[] {
  return left.map((value, at) => ({ ours: value, other: right[at] ?? Number.NaN }));
}

const differ = (pairs: readonly Pair<number>[]) => meanOf(pairs.map((pair) => pair.ours - pair.other));
const isSame = (pair: Pair<number>) => pair.ours === pair.other;

/** Standard normal by Box and Muller. */
function normals(count: number, mean: number, seed: number): readonly number[] {
  const random = seeded(seed);
  return Array.from({ length: count }, () => {
    return mean + Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  });
}

describe('the bootstrap interval', () => {
  it('is the same for the same seed, and another for another', () => {
    const [one, again, another] = [1, 1, 2].map((seed) => bootstrapInterval(ours, meanOf, seed));
    expect(again).toEqual(one);
    expect(another).not.toEqual(one);
  });

  it('comes to the interval of the normal distribution where the mean has one', () => {
    const values = normals(400, 3, 5);
    const mean = meanOf(values) ?? 0;
    const { low = 0, high = 0 } = bootstrapInterval(values, meanOf, 1) ?? {};
    expect(Math.abs(low - (mean - 1.96 / 20))).toBeLessThan(0.02);
    expect(Math.abs(high - (mean + 1.96 / 20))).toBeLessThan(0.02);
  });

  it('holds the true mean in about 95 of 100 samples', () => {
    const held = Array.from({ length: 200 }, (_, at) => {
      const { low = 0, high = 0 } = bootstrapInterval(normals(40, 3, 1_000 + at), meanOf, at) ?? {};
      return low <= 3 && 3 <= high;
    });
    const share = held.filter(Boolean).length / held.length;
    expect(share).toBeGreaterThan(0.88);
    expect(share).toBeLessThanOrEqual(0.99);
  });

  it('is one point for one value, and none for none', () => {
    expect(bootstrapInterval([0.3], meanOf, 1)).toEqual({ low: 0.3, high: 0.3 });
    expect(bootstrapInterval([], meanOf, 1)).toBeUndefined();
    expect(bootstrapInterval([1], () => undefined, 1)).toBeUndefined();
  });
});

describe('quantiles', () => {
  it('lie between the two nearest values', () => {
    expect([0, 0.5, 0.75, 1].map((share) => quantile([1, 2, 4], share))).toEqual([1, 2, 3, 4]);
  });
});

describe('the paired randomization test', () => {
  it('is exact for few pairs, and agrees with another implementation', () => {
    expect(randomizationTest(pairsOf(ours, other), differ, { seed: 1, isSame })).toBeCloseTo(0.15625, 12);
    expect(randomizationTest(pairsOf(ours, other), differ, { seed: 2, isSame })).toBeCloseTo(0.15625, 12);
  });

  it('is 1 where nothing differs, and undefined where there is nothing', () => {
    expect(randomizationTest(pairsOf(ours, ours), differ, { seed: 1, isSame })).toBe(1);
    expect(randomizationTest([], differ, { seed: 1, isSame })).toBeUndefined();
  });

  it('is never 0, however far the two are apart', () => {
    const far = pairsOf(normals(60, 9, 1), normals(60, 0, 2));
    expect(randomizationTest(far, differ, { seed: 1, isSame })).toBe(1 / (randomizationDraws + 1));
  });

  it('finds a difference by chance alone in about 5 of 100 samples', () => {
    const found = Array.from({ length: 120 }, (_, at) => {
      const pairs = pairsOf(normals(10, 0, 2 * at), normals(10, 0, 2 * at + 1));
      return (randomizationTest(pairs, differ, { seed: at, isSame }) ?? 0) < 0.05;
    });
    expect(found.filter(Boolean).length / found.length).toBeLessThan(0.11);
  });
});
