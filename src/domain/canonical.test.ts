import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, digestOf, digestOfLines, isDigest, sha256Hex } from './canonical.js';

describe('canonicalJson', () => {
  it('gives the example of RFC 8785 section 3.2.2, sorted as in section 3.2.3', () => {
    const text = String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`;
    const numbers = '[333333333.3333333,1e+30,4.5,0.002,1e-27]';
    const string = String.raw`"€$\u000f\nA'B\"\\\\\"/"`;
    expect(canonicalJson(JSON.parse(text))).toBe(
      `{"literals":[null,true,false],"numbers":${numbers},"string":${string}}`,
    );
  });

  it('orders names by UTF-16 units, not by code points', () => {
    expect(canonicalJson({ '\ufb33': 1, '\u{1f600}': 2, '\u20ac': 3, '\r': 4, '1': 5, '\u0080': 6, ö: 7 })).toBe(
      '{"\\r":4,"1":5,"\u0080":6,"ö":7,"€":3,"\u{1f600}":2,"\ufb33":1}',
    );
  });

  it.each([
    [0, '0'],
    [-0, '0'],
    [5e-324, '5e-324'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
    [9007199254740992, '9007199254740992'],
    [295147905179352830000, '295147905179352830000'],
    [1e21, '1e+21'],
    [1e-6, '0.000001'],
    [9.999999999999997e-7, '9.999999999999997e-7'],
  ])('writes %d as RFC 8785 appendix B does', (number, text) => {
    expect(canonicalJson(number)).toBe(text);
  });

  it.each([
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['an unpaired surrogate', '\ud800'],
    ['an unpaired surrogate in a name', { '\udc00': 1 }],
    ['a bigint', 1n],
    ['nothing', undefined],
  ])('throws on %s instead of writing something else', (_what, value) => {
    expect(() => canonicalJson(value)).toThrow();
  });

  // Making the values takes nearly all of the time, and on a busy machine longer than tests have by default.
  it('is a fixed point: reading it back and writing it again changes nothing', { timeout: 30_000 }, () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
    );
  });

  it('does not depend on the order in which members were added', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(fc.string(), fc.integer()), { selector: ([name]) => name }), (members) => {
        const forwards = canonicalJson(Object.fromEntries(members));
        expect(canonicalJson(Object.fromEntries(members.toReversed()))).toBe(forwards);
      }),
    );
  });

  it('keeps a member named __proto__ as data', () => {
    expect(canonicalJson(JSON.parse('{"b":1,"__proto__":{"a":2}}'))).toBe('{"__proto__":{"a":2},"b":1}');
  });
});

describe('digests', () => {
  it('are SHA-256 in lower-case hex (FIPS 180-4: "abc")', () => {
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(sha256Hex('abc')).toBe(abc);
    expect(digestOf(new TextEncoder().encode('abc'))).toBe(`sha256-${abc}`);
  });

  it('over lines equal the digest of the lines, each ended by a newline', () => {
    expect(digestOfLines(['a', 'bc'])).toBe(digestOf('a\nbc\n'));
  });

  it('are told from other text', () => {
    expect(isDigest(digestOf(''))).toBe(true);
    for (const text of ['', 'sha256-', digestOf('').toUpperCase(), `${digestOf('')}\n`, sha256Hex('')]) {
      expect(isDigest(text), text).toBe(false);
    }
  });
});
