import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { line, printable, span, textOf } from './line.js';

const narrow = { width: 20, colour: false };

describe('lines for people', () => {
  it('lets no text bring a control character or a change of direction to the terminal', () => {
    const harmful = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/u;
    const anyText = fc.string({ unit: 'binary', maxLength: 60 });
    fc.assert(
      fc.property(anyText, (text) => {
        const told = textOf([line([span(text, 'bad')])], { width: undefined, colour: false });
        expect(told.slice(0, -1)).not.toMatch(harmful);
        expect(told.endsWith('\n')).toBe(true);
      }),
    );
  });

  it.each([
    ['\u001b[31mred\u001b[0m', '[31mred[0m'],
    ['\u009b2Jgone', '2Jgone'],
    ['\u001b]0;title\u0007x', ']0;titlex'],
    ['two\r\nlines\tand a tab', 'two lines and a tab'],
    ['\u202etxt.exe', 'txt.exe'],
  ])('makes %j harmless', (text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  it('goes on under the hanging indent when the width is used up', () => {
    const told = textOf([line(['one two three four five six'], 2, 3)], narrow);
    expect(told).toBe('  one two three four\n     five six\n');
  });

  it('has escape codes with colour only, around what belongs together', () => {
    const lines = [line([span('all of it', 'strong'), ' plain'])];
    expect(textOf(lines, { width: 80, colour: false })).toBe('all of it plain\n');
    expect(stripVTControlCharacters(textOf(lines, { width: 80, colour: true }))).toBe('all of it plain\n');
  });

  it('does not break what has no width', () => {
    const text = 'word '.repeat(100).trim();
    expect(textOf([line([text])], { width: undefined, colour: false })).toBe(`${text}\n`);
  });

  it('keeps every word, whatever the width', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,30}$/), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(words, fc.integer({ min: 5, max: 60 }), (given, width) => {
        const told = textOf([line([given.join(' ')], 1, 2)], { width, colour: false });
        expect(told.trim().split(/\s+/)).toEqual(given);
      }),
    );
  });
});
