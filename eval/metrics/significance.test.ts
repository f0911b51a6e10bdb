import { describe, expect, it } from 'vitest';
import { seeded } from '../random.js';
import { bootstrapInterval, quantile } from './bootstrap.js';
import { meanOf } from './mean.js';
import { randomizationDraws, randomizationTest } from './randomization.js';
import { meanStatistic } from './statistic.js';

const ours = [0.5, 0.7, 0.2, 0.9, 0.4, 0.6, 0.8, 0.3];
const other = [0.4, 0.7, 0.25, 0.5, 0.1, 0.65, 0.6, 0.3];

function intervalOf(values: readonly number[], seed: number) {
  return bootstrapInterval(values.length, meanStatistic(values), seed);
}

function chanceOf(left: readonly number[], right: readonly number[], seed: number) {
  const isSame = (one: number, another: number) => one === another;
  return randomizationTest({ ours: left, other: right }, { over: meanStatistic, isSame, seed });
}

/** Standard normal by Box and Muller. */
function normals(count: number, mean: number, seed: number): readonly number[] {
  const random = seeded(seed);
  return Array.from({ length: count }, () => {
    return mean + Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  });
}

describe('the bootstrap interval', () => {
  it('is the same for the same seed, and another for another', () => {
    const [one, again, another] = [1, 1, 2].map((seed) => intervalOf(ours, seed));
    expect(again).toEqual(one);
    expect(another).not.toEqual(one);
  });

  it('comes to the interval of the normal distribution where the mean has one', () => {
    const values = normals(400, 3, 5);
    const mean = meanOf(values) ?? 0;
    const { low = 0, high = 0 } = intervalOf(values, 1) ?? {};
    expect(Math.abs(low - (mean - 1.96 / 20))).toBeLessThan(0.02);
    expect(Math.abs(high - (mean + 1.96 / 20))).toBeLessThan(0.02);
  });

  it('holds the true mean in about 95 of 100 samples', () => {
    const held = Array.from({ length: 200 }, (_, at) => {
      const { low = 0, high = 0 } = intervalOf(normals(40, 3, 1_000 + at), at) ?? {};
      return low <= 3 && 3 <= high;
    });
    const share = held.filter(Boolean).length / held.length;
    expect(share).toBeGreaterThan(0.88);
    expect(share).toBeLessThanOrEqual(0.99);
  });

  it('is one point for one value, and none for none', () => {
    expect(intervalOf([0.3], 1)).toEqual({ low: 0.3, high: 0.3 });
    expect(intervalOf([], 1)).toBeUndefined();
    expect(bootstrapInterval(1, () => undefined, 1)).toBeUndefined();
  });
});

describe('quantiles', () => {
  it('lie between the two nearest values', () => {
    expect([0, 0.5, 0.75, 1].map((share) => quantile([1, 2, 4], share))).toEqual([1, 2, 3, 4]);
  });
});

describe('the paired randomization test', () => {
  it('is exact for few pairs, and agrees with another implementation', () => {
    expect(chanceOf(ours, other, 1)).toBeCloseTo(0.15625, 12);
    expect(chanceOf(ours, other, 2)).toBeCloseTo(0.15625, 12);
  });

  it('is 1 where nothing differs, and undefined where there is nothing', () => {
    expect(chanceOf(ours, ours, 1)).toBe(1);
    expect(chanceOf([], [], 1)).toBeUndefined();
  });

  it('is never 0, however far the two are apart', () => {
    expect(chanceOf(normals(60, 9, 1), normals(60, 0, 2), 1)).toBe(1 / (randomizationDraws + 1));
  });

  it('finds a difference by chance alone in about 5 of 100 samples', () => {
    const found = Array.from({ length: 120 }, (_, at) => {
      return (chanceOf(normals(10, 0, 2 * at), normals(10, 0, 2 * at + 1), at) ?? 0) < 0.05;
    });
    expect(found.filter(Boolean).length / found.length).toBeLessThan(0.11);
  });
});
