import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BaselineDocument, PlainBm25 } from './bm25.js';

const text = fc
  .array(fc.constantFrom('refund', 'card', 'fee', 'a', 'the', 'the', 'limit', 'Über', '7'), { maxLength: 12 })
  .map((words) => words.join(' '));
const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ id, text }) },
  { weight: 1, arbitrary: fc.record({ id, text: fc.constant(null) }) },
);

describe('plain BM25', () => {
  it('whose documents come and go scores as one that was made of those that are there, to the bit', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), text, (steps, question) => {
        const [kept, grown] = [new Map<string, BaselineDocument>(), new PlainBm25()];
        for (const { id, text } of steps) {
          kept.delete(id);
          if (text === null) grown.remove(id);
          else grown.add({ id, text });
          if (text !== null) kept.set(id, { id, text });
          expect(grown.scored(question)).toEqual(new PlainBm25(kept.values()).scored(question));
        }
      }),
    );
  });

  it('scores by the formula: one word, held by one of two documents', () => {
    const index = new PlainBm25([
      { id: 'a', text: 'refund refund of labels' },
      { id: 'b', text: 'labels' },
    ]);
    const idf = Math.log(1 + 1.5 / 1.5);
    const score = (idf * 2 * 2.2) / (2 + 1.2 * (0.25 + (0.75 * 4) / 2.5));
    expect(index.scored('refund')).toEqual([{ id: 'a', score }]);
  });
});
