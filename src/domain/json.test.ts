import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../limits.js';
import { canonicalJson } from './canonical.js';
import { isJsonObject, readJson, readJsonText } from './json.js';

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const refused = (reason: string) => ({ ok: false, rejection: { reason } });

const listOf = (count: number) => `[${Array(count).fill('0').join(',')}]`;

describe('the number of values', () => {
  it('is bounded, whatever they are', () => {
    // The list itself is one, and so is the place behind its bracket.
    expect(readJsonText(listOf(limits.jsonValuesMax - 1))).toMatchObject({ ok: true });
    expect(readJsonText(listOf(limits.jsonValuesMax))).toMatchObject(refused('too_large'));
    expect(readJsonText(`"${'[,'.repeat(limits.jsonValuesMax)}"`)).toMatchObject({ ok: true });
  });
});

describe('readJson', () => {
  it('takes nesting up to the limit and refuses the next level', () => {
    expect(readJsonText(nested(limits.jsonDepthMax))).toMatchObject({ ok: true });
    expect(readJsonText(nested(limits.jsonDepthMax + 1))).toMatchObject(refused('too_deep'));
  });

  it.each([
    ['arrays', nested(10_000)],
    ['objects', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
    ['arrays that never end', '['.repeat(10_000)],
  ])('refuses 10,000 levels of %s without crashing', (_what, text) => {
    expect(readJsonText(text)).toMatchObject(refused('too_deep'));
  });

  it('does not count brackets inside strings, escaped quotes or not', () => {
    const text = String.raw`["\"${'['.repeat(1_000)}\\","${'{'.repeat(1_000)}"]`;
    expect(readJsonText(text)).toMatchObject({ ok: true });
  });

  it('keeps a member named __proto__ as data', () => {
    const reading = readJsonText('{"__proto__":{"admin":true}}');
    const value = reading.ok ? reading.value : null;
    expect(isJsonObject(value) && Object.hasOwn(value, '__proto__')).toBe(true);
    expect('admin' in {} || (isJsonObject(value) && 'admin' in value)).toBe(false);
  });

  it.each(['9007199254740991', '-9007199254740991', '0.1', '1e-7', '-0', '1.5e1'])('takes %s', (text) => {
    expect(readJsonText(text)).toEqual({ ok: true, value: Number(text) });
  });

  it.each(['9007199254740992', '9007199254740993', '-9007199254740992', '1e400', '-1e400'])(
    'refuses the number %s, which would change silently',
    (text) => {
      expect(readJsonText(`{"a":[${text}]}`)).toEqual({
        ok: false,
        rejection: { reason: 'number_not_exact', detail: 'number at "/a/0"' },
      });
    },
  );

  it.each([
    ['a lone high surrogate', String.raw`"\ud800"`],
    ['a lone low surrogate', String.raw`["\udc00"]`],
    ['surrogates in the wrong order', String.raw`{"a":"\udc00\ud800"}`],
    ['a lone surrogate in a name', String.raw`{"\ud800":1}`],
  ])('refuses %s', (_what, text) => {
    expect(readJsonText(text)).toMatchObject(refused('malformed_unicode'));
  });

  it.each([
    ['invalid UTF-8', [0x22, 0xff, 0x22], 'not_utf8'],
    ['an overlong form', [0x22, 0xc0, 0xaf, 0x22], 'not_utf8'],
    ['half a character', [0x22, 0xe2, 0x82], 'not_utf8'],
    ['nothing at all', [], 'not_json'],
  ])('refuses %s', (_what, bytes, reason) => {
    expect(readJson(Uint8Array.from(bytes))).toMatchObject(refused(reason));
  });

  it('takes a leading byte order mark', () => {
    expect(readJson(Uint8Array.from([0xef, 0xbb, 0xbf, 0x31]))).toEqual({ ok: true, value: 1 });
  });

  it('names the place of a fault by JSON pointer and nothing of the value', () => {
    const reading = readJsonText(String.raw`{"a/b":{"c~d":"secret\ud800"}}`);
    expect(reading).toEqual({
      ok: false,
      rejection: { reason: 'malformed_unicode', detail: 'unpaired surrogate at "/a~1b/c~0d"' },
    });
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => typeof readJson(bytes).ok === 'boolean'));
  });

  it('hands canonical JSON only what it can write and read back', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const reading = readJsonText(text);
        if (reading.ok) expect(readJsonText(canonicalJson(reading.value))).toMatchObject({ ok: true });
        else expect(reading.rejection.reason).toBe('number_not_exact');
      }),
    );
  });
});

describe('isJsonObject', () => {
  it('is true of objects alone', () => {
    expect([{}, [], null, 'a', 1, true, undefined].map(isJsonObject)).toEqual([
      true,
      false,
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});
