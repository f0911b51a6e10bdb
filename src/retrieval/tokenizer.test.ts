import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../limits.js';
import { countTerms, tokenize, tokenizerId } from './tokenizer.js';

describe('tokenizer', () => {
  it('names its version and its Unicode version', () => {
    expect(tokenizerId).toMatch(/^tidemark-words-\d+\/unicode-\d+\.\d+$/);
  });

  it.each([
    ['Opening Personal Checking Accounts', ['opening', 'personal', 'checking', 'account']],
    ['open_bank_account_4821', ['open', 'bank', 'account', '4821']],
    ["the customer's card, l'avion, O’Brien", ['customer', 'card', 'avion', 'brien']],
    ["I don't; we've 5'10", ['5', '10']],
    ['$1,234,567.50 or 2.5% of 1,2 and v1.2.3.', ['1234567.50', '2.5', '1', '2', 'v1.2.3']],
    ['206-555-0293', ['206', '555', '0293']],
    ['policies classes fees status', ['policy', 'classe', 'fee', 'status']],
    ['Größe STRASSE naïve', ['grosse', 'strasse', 'naive']],
    ['税金 tax', ['税', '税金', '金', 'tax']],
    ['が', ['か\u3099']],
    ['हिन्दी', ['हिन्दी']],
    ['\u0301 \ud800 !?', []],
    ['', []],
    ['to be or not to be', []],
  ])('%s gives its terms', (text, terms) => {
    expect(tokenize(text)).toEqual(terms);
  });

  it('gives the same terms for composed and decomposed text', () => {
    for (const text of ['Crème brûlée', '한국어 계좌', 'ガイド', 'Việt Nam']) {
      expect(tokenize(text.normalize('NFD'))).toEqual(tokenize(text.normalize('NFC')));
    }
  });

  it('stops at its bounds', () => {
    expect(tokenize('word '.repeat(limits.termsMax + 5))).toHaveLength(limits.termsMax);
    expect(tokenize('税'.repeat(limits.termsMax))).toHaveLength(limits.termsMax);
    expect(tokenize('x'.repeat(100_000))).toEqual(['x'.repeat(limits.termLengthMax)]);
    expect(tokenize(`a${'\u{10400}'.repeat(100)}`)[0]?.isWellFormed()).toBe(true);
  });

  it('gives short, non-empty terms for any text, and the same ones every time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const terms = tokenize(text);
        expect(terms.every((term) => term !== '' && term.length <= limits.termLengthMax)).toBe(true);
        expect(tokenize(text)).toEqual(terms);
      }),
    );
  });

  it('sees a text and its parts alike when a space is between them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (left, right) => {
        expect(tokenize(`${left} . ${right}`)).toEqual([...tokenize(left), ...tokenize(right)]);
      }),
    );
  });

  it('counts terms in order of first occurrence', () => {
    expect([...countTerms(['b', 'a', 'b'])]).toEqual([
      ['b', 2],
      ['a', 1],
    ]);
  });
});
