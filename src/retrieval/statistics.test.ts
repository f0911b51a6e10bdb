import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { characterPassages } from './passages.js';
import { passage, passageSet } from './passages.test-support.js';
import type { Passage } from './port.js';
import { type Statistics, StatisticsBuilder, statisticsOf } from './statistics.js';
import { tokenize } from './tokenizer.js';

function facts(statistics: Statistics, passages: readonly Passage[]): unknown {
  const terms = new Set(passages.flatMap(({ text }) => tokenize(text)));
  const frequencies = Array.from(terms, (term) => [term, statistics.documentFrequency(term)]).sort();
  return [statistics.id, statistics.passages, statistics.totalLength, frequencies];
}

describe('statistics', () => {
  it('count passages, terms, and the passages that hold each term', () => {
    const statistics = statisticsOf([passage('P', 0, 'refund refund card'), passage('P', 1, 'card fee')]);
    expect([statistics.passages, statistics.totalLength]).toEqual([2, 5]);
    expect(['refund', 'card', 'unheard'].map(statistics.documentFrequency)).toEqual([1, 2, 0]);
  });

  it('do not depend on the order of their passages', () => {
    const orders = passageSet.chain((set) =>
      fc.tuple(fc.constant(set), fc.shuffledSubarray(set, { minLength: set.length })),
    );
    fc.assert(
      fc.property(orders, ([set, shuffled]) => {
        expect(facts(statisticsOf(shuffled), set)).toEqual(facts(statisticsOf(set), set));
      }),
    );
  });

  it('after any adding, removing and looking equal those made from scratch of what is left', () => {
    const history = passageSet.chain((set) => fc.tuple(fc.constant(set), fc.subarray(set), fc.subarray(set)));
    fc.assert(
      fc.property(history, ([set, removed, addedAgain]) => {
        const builder = new StatisticsBuilder(characterPassages);
        for (const one of set) builder.add(one);
        builder.current();
        for (const one of removed) builder.remove(one);
        builder.current();
        const back = addedAgain.filter((one) => removed.includes(one));
        for (const one of back) builder.add(one);
        const left = set.filter((one) => !removed.includes(one) || back.includes(one));
        expect(facts(builder.current(), set)).toEqual(facts(statisticsOf(left), set));
      }),
    );
  });

  it('stay as they were when the builder moves on', () => {
    const builder = new StatisticsBuilder(characterPassages);
    builder.add(passage('P', 0, 'refund'));
    const before = builder.current();
    for (let n = 1; n < 3_000; n++) builder.add(passage('P', n, `refund word${n}`));
    builder.current();
    expect([before.passages, before.documentFrequency('refund'), before.documentFrequency('word7')]).toEqual([1, 1, 0]);
    expect(builder.current().documentFrequency('refund')).toBe(3_000);
  });

  it('have another name for another text, another title of it, another id, or one passage more', () => {
    const sets = [
      [],
      [passage('P', 0, 'a')],
      [passage('P', 0, 'b')],
      [passage('P', 0, 'a\nb')],
      [{ ...passage('P', 0, 'a\nb'), titleChars: 0 }],
      [passage('P', 1, 'a')],
      [passage('Q\n', 0, 'a')],
      [passage('P', 0, 'a'), passage('P', 1, 'a')],
    ];
    expect(new Set(sets.map((set) => statisticsOf(set).id)).size).toBe(sets.length);
  });

  it('refuse a passage twice, and the removal of another text', () => {
    const builder = new StatisticsBuilder(characterPassages);
    builder.add(passage('P', 0, 'a'));
    expect(() => builder.add(passage('P', 0, 'b'))).toThrow('counted once');
    expect(() => builder.remove(passage('P', 0, 'b'))).toThrow('removed with the text');
    expect(() => builder.remove(passage('P', 1, 'a'))).toThrow('removed with the text');
  });
});
