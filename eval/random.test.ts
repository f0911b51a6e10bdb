import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Random, scattered, seeded } from './random.js';

function drawn<T>(count: number, draw: () => T): readonly T[] {
  return Array.from({ length: count }, draw);
}

/** Draws of every sort, each of which takes one step. */
function mixed(random: Random): readonly unknown[] {
  return [random.next(), random.below(9), random.between(3, 5), random.within(-1, 1), random.chance(0.5)];
}

describe('chance', () => {
  it('is what mulberry32 gives for its seed', () => {
    expect(drawn(3, seeded(0).next)).toEqual([0.26642920868471265, 0.0003297457005828619, 0.2232720274478197]);
    expect(drawn(3, seeded(20_261_121).next)).toEqual([0.6913962827529758, 0.3520768517628312, 0.5383691973984241]);
  });

  it('is the same for the same seed, whatever is drawn, and another for another', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        expect(mixed(seeded(seed))).toEqual(mixed(seeded(seed)));
        expect(mixed(seeded(seed).fork())).toEqual(mixed(seeded(seed).fork()));
        expect(drawn(4, seeded(seed).next)).not.toEqual(drawn(4, seeded(seed + 1).next));
      }),
    );
  });

  it('stays within its bounds and reaches each of them', () => {
    const random = seeded(1);
    expect(new Set(drawn(200, () => random.below(3)))).toEqual(new Set([0, 1, 2]));
    expect(new Set(drawn(200, () => random.between(-1, 1)))).toEqual(new Set([-1, 0, 1]));
    expect(new Set(drawn(200, () => random.pick(['a', 'b'])))).toEqual(new Set(['a', 'b']));
    for (const one of drawn(200, () => random.within(2, 3))) expect([one >= 2, one < 3]).toEqual([true, true]);
  });

  it('happens as often as it should', () => {
    const random = seeded(2);
    const happened = drawn(10_000, () => random.chance(0.25)).filter(Boolean).length;
    expect(Math.abs(happened - 2_500)).toBeLessThan(150);
  });

  it('has nothing to pick from nothing', () => {
    expect(() => seeded(0).pick([])).toThrow('something to pick from');
  });
});

describe('seeds in a row', () => {
  it('are taken far apart: their first numbers fill the whole range', () => {
    const firsts = Array.from({ length: 100 }, (_, seed) => scattered(seed).next());
    expect(new Set(firsts.map((one) => Math.floor(one * 10))).size).toBe(10);
  });

  it('and what one part draws moves nothing that a fork draws', () => {
    const [quiet, busy] = [scattered(7), scattered(7)];
    const [a, b] = [quiet.fork(), busy.fork()];
    drawn(5, busy.next);
    expect(drawn(5, a.next)).toEqual(drawn(5, b.next));
  });
});
