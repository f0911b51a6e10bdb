import { describe, expect, it } from 'vitest';
import { sortedBy } from './static/list.js';
import { binsOf, findingShare, histogram, meanOf, quantile, ratioEdges, sharesBelow } from './static/series.js';

const at = (atMs: number, kinds: readonly string[] = []) => ({ atMs, findings: kinds.map((kind) => ({ kind })) });

describe('bins of stream time', () => {
  it('hold every question once, the last among them, in spans of one width', () => {
    const questions = Array.from({ length: 100 }, (_, index) => at(index * 10));
    const made = binsOf(questions, 7);
    expect(made?.bins.map(({ questions: held }) => held.length).reduce((a, b) => a + b)).toBe(100);
    expect(made?.bins).toHaveLength(7);
    expect(made?.widthMs).toBeCloseTo(990 / 7);
  });

  it('are none where all questions are asked at one instant', () => {
    expect(binsOf([at(5), at(5)], 10)).toBeNull();
    expect(binsOf([], 10)).toBeNull();
  });

  it('are left out where nobody asks', () => {
    const made = binsOf([...Array.from({ length: 20 }, () => at(0)), at(100)], 5);
    expect(made?.bins.map(({ middleMs }) => middleMs)).toEqual([10, 90]);
  });
});

describe('what is drawn of a bin', () => {
  it('is the mean of the questions that have a value', () => {
    expect(meanOf([1, null, 3, undefined], (value: number | null | undefined) => value)).toBe(2);
    expect(meanOf([null], (value: number | null | undefined) => value)).toBeNull();
  });

  it('is the share of the answers with a kind of finding, however often each has it', () => {
    expect(findingShare([at(0, ['stale_hit', 'stale_hit']), at(1), at(2), at(3)], 'stale_hit')).toBe(0.25);
  });
});

describe('distributions', () => {
  it('rise to 1 at the largest value', () => {
    const edges = ratioEdges(1, 100, 3);
    expect(edges).toEqual([1, expect.closeTo(10, 9), 100]);
    expect(sharesBelow([100, 1, 5, 50], edges)).toEqual([0.25, 0.5, 1]);
  });

  it('count each value once, both ends included', () => {
    expect(histogram([0, 0.49, 0.5, 1], { low: 0, high: 1, count: 2 })).toEqual([2, 2]);
    expect(histogram([3, 3], { low: 3, high: 3, count: 2 })).toEqual([2, 0]);
  });

  it('take quantiles by nearest rank', () => {
    expect([0.5, 0.95, 1].map((share) => quantile([4, 1, 3, 2], share))).toEqual([2, 4, 4]);
    expect(quantile([], 0.5)).toBeNull();
  });
});

describe('a sorted list', () => {
  it('has what has no value last either way, and keeps the order of equals', () => {
    const items = [
      ['a', 2],
      ['b', null],
      ['c', 1],
      ['d', 2],
    ] as const;
    const names = (down: boolean) =>
      sortedBy(items, ([, value]: readonly [string, number | null]) => value, down)
        .map(([name]: readonly [string, number | null]) => name)
        .join('');
    expect([names(false), names(true)]).toEqual(['cadb', 'adcb']);
  });
});
