import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical.js';
import { isFieldName, orderedText } from './canonical-text.js';

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
        expect(orderedText(value)).toBe(canonicalize(value));
      }),
    );
  });

  it('orders any members as the library for the format does', () => {
    fc.assert(
      fc.property(members, (pairs) => {
        const value = { inside: [Object.fromEntries(pairs)], ...Object.fromEntries(pairs) };
        expect(orderedText(value)).toBe(canonicalize(value));
        expect(canonicalJson(value)).toBe(canonicalize(value));
      }),
    );
  });

  it.each([-0, 1e21, 1e-7, 5e-324, 0.1 + 0.2, 2 ** 53])('writes the number %d as the library does', (number) => {
    expect(orderedText([number])).toBe(canonicalize([number]));
  });

  it('writes objects in turn that differ in one name, or in the order of their names, each in its own way', () => {
    const alike = fc.shuffledSubarray(['a', 'b', '\u00e4', '"', '10', '9'], { minLength: 3, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(alike, { minLength: 2 }), (objects) => {
        const list = objects.map((of) => Object.fromEntries(of.map((name, at) => [name, at])));
        expect(orderedText(list)).toBe(canonicalize(list));
      }),
    );
  });

  it('remembers no order in place of a name that the format cannot hold', () => {
    expect(orderedText({ '\ud800': 1 })).toBeUndefined();
    expect(orderedText({ a: 1 })).toBe('{"a":1}');
    expect(orderedText({ '\ud800': 1 })).toBeUndefined();
  });

  it.each([
    ['field names', ['subject', 'accountId', 'plan_name', 'address2'], true],
    ['addresses, numbers, sentences and keys', ['a@b.example', '4711', 'T-1', 'a b', 'ä', '', 'x'.repeat(33)], false],
  ])('may remember names when they are %s: %j %j', (_what, examples, isRemembered) => {
    expect(examples.map(isFieldName)).toEqual(examples.map(() => isRemembered));
  });

  it('writes what is missing or of a class as the library does', () => {
    const value = { b: undefined, a: new Date(0), list: [undefined, 1] };
    expect(canonicalJson(value)).toBe(canonicalize(value));
  });
});
