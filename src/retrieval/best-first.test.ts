import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestFirst } from './best-first.js';
import { compareRanked, type Ranked } from './scorer.js';

const ranked = fc.uniqueArray(fc.record({ n: fc.nat(200), score: fc.integer({ min: -1, max: 4 }) }), {
  selector: ({ n }) => n,
  maxLength: 60,
});

describe('a ranking that is made as far as it is read', () => {
  it('is that of sorting everything that bears on the question, and leaves its argument as it was', () => {
    fc.assert(
      fc.property(ranked, fc.nat(60), (list, count) => {
        const scored = list.map(({ n, score }): Ranked => ({ ref: `ticket/${n}`, score }));
        const before = [...scored];
        const sorted = scored.filter(({ score }) => score > 0).sort(compareRanked);
        expect([...bestFirst(scored)]).toEqual(sorted);
        const taken: Ranked[] = [];
        for (const one of bestFirst(scored)) {
          if (taken.length >= count) break;
          taken.push(one);
        }
        expect(taken).toEqual(sorted.slice(0, count));
        expect(scored).toEqual(before);
      }),
    );
  });
});
