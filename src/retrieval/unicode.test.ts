import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classOf, fold, MARK, OTHER, SPACED, UNSPACED } from './unicode.js';
import { unicodeVersion } from './unicode-tables.generated.js';

const character = fc.integer({ min: 0, max: 0x10ffff }).map((code) => (code < 0xd800 || code > 0xdfff ? code : 0x41));
// Mostly letters: a uniform choice would nearly always be unassigned.
const anyText = fc.array(
  fc.oneof(character, fc.integer({ min: 0x20, max: 0x3000 }), fc.integer({ min: 0xac00, max: 0xd7a3 })),
);
const text = anyText.map((codes) =>
  codes.map((code) => (code < 0xd800 || code > 0xdfff ? String.fromCodePoint(code) : 'x')).join(''),
);

describe('folding', () => {
  it.each([
    ['Café', 'cafe'],
    ['cafe\u0301', 'cafe'],
    ['STRASSE', 'strasse'],
    ['Straße', 'strasse'],
    ['Łódź', 'lodz'],
    ['İstanbul ılık', 'istanbul ilik'],
    ['ΣΊΣΥΦΟΣ', 'σισυφοσ'],
    ['Σίσυφος', 'σισυφοσ'],
    ['ｆｕｌｌ １２', 'full 12'],
    ['٣٤', '34'],
    ['so\u00adft', 'soft'],
    ['ﬁne', 'fine'],
    ['½', '½'],
  ])('%s becomes %s', (before, after) => {
    expect(fold(before)).toBe(after);
  });

  it('gives the same for composed and decomposed Hangul and kana', () => {
    for (const word of ['한국어', 'ガス', 'がっこう', '계좌']) expect(fold(word.normalize('NFD'))).toBe(fold(word));
    expect(fold('ｶﾞｽ')).toBe(fold('ガス'));
  });

  it('is settled after one pass', () => {
    fc.assert(fc.property(text, (sample) => fold(fold(sample)) === fold(sample)));
  });

  it('gives each character the same alone and in any text', () => {
    fc.assert(fc.property(text, (sample) => Array.from(sample, fold).join('') === fold(sample)));
  });
});

describe('character classes', () => {
  it.each([
    ['a', SPACED],
    ['9', SPACED],
    ['é', SPACED],
    ['ह', SPACED],
    ['한', SPACED],
    ['税', UNSPACED],
    ['ー', UNSPACED],
    ['ก', UNSPACED],
    ['\u{20000}', UNSPACED],
    ['\u3099', MARK],
    ['ि', MARK],
    ['_', OTHER],
    ['。', OTHER],
    ['\u{1f600}', OTHER],
    ['\u{10ffff}', OTHER],
  ])('%s is of class %i', (sample, expected) => {
    expect(classOf(sample.codePointAt(0) ?? 0)).toBe(expected);
  });

  it('agree with the Unicode version that they name, where this runtime has it', (context) => {
    if (process.versions.unicode !== unicodeVersion) {
      context.skip(`this runtime has Unicode ${process.versions.unicode}, the tables are of ${unicodeVersion}`);
    }
    for (let code = 0; code < 0x40000; code++) {
      const isWord = (code < 0xd800 || code > 0xdfff) && /[\p{L}\p{M}\p{N}]/u.test(String.fromCodePoint(code));
      if (isWord !== (classOf(code) !== OTHER)) expect.unreachable(`U+${code.toString(16)}`);
    }
  });
});
