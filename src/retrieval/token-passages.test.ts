import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EntityKey } from '../domain/entity.js';
import { pieceMeasure, tokenPassages } from './token-passages.js';

const key: EntityKey = { tenant: 'acme', kind: 'policy', id: 'P-1' };
/** A tokenizer that makes a piece of every four characters of a word. */
const countPieces = (text: string) =>
  (text.match(/\S+/g) ?? []).reduce((sum, word) => sum + Math.ceil(word.length / 4), 0);
const rules = tokenPassages({ tokenizer: 'fours', countPieces, piecesMax: 20 });
const passagesOf = (title: string, body: string) => rules.passagesOf(key, { title, body }).map(({ text }) => text);

const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 });
const white = fc.constantFrom(' ', '\n', '\n\n', '. ', '\t');
const text = fc.array(fc.tuple(word, white), { maxLength: 60 }).map((parts) => parts.flat().join(''));

describe('passages by the pieces of a model', () => {
  it('stay within its window with their title, whatever the text', () => {
    fc.assert(
      fc.property(text, text, (title, body) => {
        for (const passage of passagesOf(title, body)) expect(countPieces(passage)).toBeLessThanOrEqual(20);
      }),
    );
  });

  it('leave no word of the text out', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,20}$/), { maxLength: 200 }), (words) => {
        const found = passagesOf('', words.join(' '))
          .join(' ')
          .split(/\s+/)
          .filter((one) => one !== '');
        expect(found).toEqual(words);
      }),
    );
  });

  it('cut where passages by characters are cut: paragraphs first, then sentences', () => {
    const sentence = 'word word word word word word word.';
    expect(passagesOf('T', `${sentence} ${sentence} ${sentence}\n\nshort\n\nnext`)).toEqual([
      `T\n${sentence} ${sentence}`,
      `T\n${sentence}\n\nshort\n\nnext`,
    ]);
  });

  it('cut inside of a word that no passage holds, and never inside of a character', () => {
    const passages = passagesOf('', '🙂'.repeat(200));
    expect(passages.join('')).toBe('🙂'.repeat(200));
    expect(passages.every((passage) => passage.isWellFormed())).toBe(true);
  });

  it('end for a tokenizer of which no word fits', () => {
    const none = tokenPassages({ tokenizer: 'none', countPieces: (of) => of.length * 100, piecesMax: 20 });
    expect(none.passagesOf(key, { title: '', body: 'abcdef' }).map((passage) => passage.text)).toEqual([
      'ab',
      'cd',
      'ef',
    ]);
  });

  it('ask the tokenizer about each word once', () => {
    let asked = 0;
    const measure = pieceMeasure((of) => {
      asked++;
      return countPieces(of);
    });
    expect(measure.sizeOf('refund the card '.repeat(1_000))).toBe(4_000);
    expect(asked).toBe(3);
  });
});

describe('the measure of a text', () => {
  it('is that of its words, and all of it fits exactly where it is no larger', () => {
    const measure = pieceMeasure(countPieces);
    fc.assert(
      fc.property(text, fc.nat(200), (of, max) => {
        expect(measure.sizeOf(of)).toBe(countPieces(of));
        expect(measure.fitting(of, max) >= of.length || of.length <= 2).toBe(countPieces(of) <= max || of.length <= 2);
      }),
    );
  });
});
