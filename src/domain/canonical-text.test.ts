import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, type JsonValue } from './canonical.js';
import { orderedText } from './canonical-text.js';

const values = fc.jsonValue({ noUnicodeString: false, maxDepth: 5 });
/** Names that engines enumerate out of order, names that need escapes, and enough of them to be sorted either way. */
const names = fc.oneof(
  fc.nat({ max: 120 }).map(String),
  fc.string({ unit: 'binary', maxLength: 3 }),
  fc.constantFrom('__proto__', 'constructor', '"', '\\', '\u2028', '\u0000'),
);
const members = fc.uniqueArray(fc.tuple(names, values), { maxLength: 60, selector: ([name]) => name });

describe('the writer of canonical text', () => {
  it('writes any value as the library for the format does', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(orderedText(value as JsonValue)).toBe(canonicalize(value));
      }),
    );
  });

  it('orders any members as the library for the format does', () => {
    fc.assert(
      fc.property(members, (pairs) => {
        const value = { inside: [Object.fromEntries(pairs)], ...Object.fromEntries(pairs) };
        expect(orderedText(value as JsonValue)).toBe(canonicalize(value));
        expect(canonicalJson(value)).toBe(canonicalize(value));
      }),
    );
  });

  it.each([-0, 1e21, 1e-7, 5e-324, 0.1 + 0.2, 2 ** 53])('writes the number %d as the library does', (number) => {
    expect(orderedText([number])).toBe(canonicalize([number]));
  });

  it('writes what is missing or of a class as the library does', () => {
    const value = { b: undefined, a: new Date(0), list: [undefined, 1] };
    expect(canonicalJson(value)).toBe(canonicalize(value));
  });
});
