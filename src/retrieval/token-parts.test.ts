import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pieceMeasure, tokenPassages } from './token-passages.js';

/** Each character of a word is a piece. */
const countPieces = (text: string): number => text.replaceAll(/\s/g, '').length;
const rules = tokenPassages({ tokenizer: 'letters', countPieces, piecesMax: 10 });
const { sizeOf } = pieceMeasure(countPieces);
const textOfWords = fc
  .array(fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 25 }))
  .map((words) => words.map((letters) => letters.join('')).join(' '));

function partsOf(question: string): readonly string[] {
  return rules.partsOf?.(question) ?? [];
}

describe('parts of a question', () => {
  it('are the question itself where the model reads all of it', () => {
    expect([partsOf('is it free'), partsOf('')]).toEqual([['is it free'], ['']]);
  });

  it('are of one size, so that no short rest counts as much as all before it', () => {
    expect(partsOf('aa bb cc dd ee ff').map(sizeOf)).toEqual([6, 6]);
  });

  it('hold all of the question, and each fits the model, whatever the question', () => {
    fc.assert(
      fc.property(textOfWords, (question) => {
        const parts = partsOf(question);
        expect(parts.join('')).toBe(question);
        expect(Math.max(...parts.map(sizeOf))).toBeLessThanOrEqual(10);
      }),
    );
  });
});
