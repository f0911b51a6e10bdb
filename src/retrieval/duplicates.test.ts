import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fold, type Likened } from './duplicates.js';
import { compareRanked } from './scorer.js';

const one = fc.record({ n: fc.nat(30), score: fc.nat(3), like: fc.option(fc.nat(4)) });
/** Best first, each reference once. */
const ranking = fc.uniqueArray(one, { selector: ({ n }) => n, maxLength: 20 }).map((list) =>
  list
    .map(({ n, score, like }): Likened => {
      return { ref: `policy/${n}`, score, ...(like === null ? {} : { likeness: () => String(like) }) };
    })
    .sort(compareRanked),
);

describe('what says the same', () => {
  it('is kept once, by the first of the ranking, and the others are named', () => {
    const refund: Likened = { ref: 'policy/A', score: 3, likeness: () => 'refund' };
    const again: Likened = { ...refund, ref: 'policy/B' };
    const other: Likened = { ref: 'policy/C', score: 1 };
    expect(fold([refund, again, other], 9)).toEqual({
      kept: [refund, other],
      duplicates: [{ one: again, of: refund }],
    });
  });

  it('folds nothing that was folded before, and loses nothing', () => {
    const idempotent = fc.property(ranking, (ranked) => {
      const { kept, duplicates } = fold(ranked, ranked.length);
      expect(fold(kept, ranked.length)).toEqual({ kept, duplicates: [] });
      expect([...kept, ...duplicates.map(({ one }) => one)].sort(compareRanked)).toEqual(ranked);
      for (const { one, of } of duplicates) {
        expect(kept).toContain(of);
        expect(one.likeness?.()).toBe(of.likeness?.());
        expect(compareRanked(of, one)).toBeLessThan(0);
      }
    });
    fc.assert(idempotent);
  });

  it('does not depend on how far down the ranking is known', () => {
    const same = fc.property(ranking, fc.nat(10), (ranked, countMax) => {
      const folded = fold(ranked, countMax);
      const looked = folded.kept.length + folded.duplicates.length;
      if (folded.kept.length === countMax) expect(fold(ranked.slice(0, looked), countMax)).toEqual(folded);
    });
    fc.assert(same);
  });
});
