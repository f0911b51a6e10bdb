import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/domain/canonical.js';
import { readJson } from '../../src/domain/json.js';
import { dataFolder, dataFolderMissing } from '../data.js';
import { bipiaAttacks, type JsonText, jcsVectors, jsonTestSuite, naughtyStrings } from './bad-input.js';

const folder = dataFolder() ?? '';
const withData = folder === '' ? describe.skip : describe;
const reason = folder === '' ? ` (skipped: ${dataFolderMissing})` : '';

withData(`the corpora of bad input${reason}`, () => {
  it('are complete', () => {
    const verdicts = [...jsonTestSuite(folder)].map(({ must }) => must);
    const count = (must: string) => verdicts.filter((verdict) => verdict === must).length;
    expect([count('accept'), count('refuse'), count('either')]).toEqual([95, 188, 35]);
    expect(naughtyStrings(folder)).toHaveLength(515);
    expect(bipiaAttacks(folder)).toHaveLength(75);
    expect([...jcsVectors(folder)]).toHaveLength(6);
  });
});

/** Legal texts with whole numbers past 2^53, such as 1e28. RFC 8259 section 9 lets a parser limit range and precision; ours does. */
const beyondExact: ReadonlySet<string> = new Set([
  'y_number.json',
  'y_number_real_capital_e.json',
  'y_number_real_exponent.json',
  'y_number_real_fraction_exponent.json',
  'y_object_extreme_numbers.json',
]);

withData(`the JSON reader on JSONTestSuite${reason}`, () => {
  const suite = folder === '' ? [] : [...jsonTestSuite(folder)];
  const that = (must: JsonText['must']) => suite.filter((text) => text.must === must);

  it('accepts every text that RFC 8259 calls JSON, save whole numbers past 2^53, which it names', () => {
    for (const { name, bytes } of that('accept')) {
      const expected = beyondExact.has(name) ? { ok: false, rejection: { reason: 'number_not_exact' } } : { ok: true };
      expect(readJson(bytes), name).toMatchObject(expected);
    }
  });

  it('refuses every text that RFC 8259 does not call JSON', () => {
    for (const { name, bytes } of that('refuse')) expect(readJson(bytes), name).toMatchObject({ ok: false });
  });

  it('decides on what RFC 8259 leaves open, and keeps what it accepts', () => {
    for (const { name, bytes } of that('either')) {
      const reading = readJson(bytes);
      if (reading.ok) expect(readJson(Buffer.from(canonicalJson(reading.value))), name).toEqual(reading);
      else
        expect(reading.rejection.reason, name).toMatch(
          /^(not_utf8|not_json|too_deep|malformed_unicode|number_not_exact)$/,
        );
    }
  });
});

withData(`canonical JSON on the vectors of RFC 8785${reason}`, () => {
  const vectors = folder === '' ? [] : [...jcsVectors(folder)];

  it('has the expected bytes for each', () => {
    for (const { name, input, expected } of vectors) {
      expect(Buffer.from(canonicalJson(JSON.parse(input))).toString('hex'), name).toBe(
        Buffer.from(expected).toString('hex'),
      );
    }
  });

  it('is left as it is when it is canonical already', () => {
    for (const { name, expected } of vectors) {
      const text = Buffer.from(expected).toString();
      expect(canonicalJson(JSON.parse(text)), name).toBe(text);
    }
  });
});

withData(`naughty strings and attacks${reason}`, () => {
  const strings = folder === '' ? [] : [...naughtyStrings(folder), ...bipiaAttacks(folder)];

  it('come back unchanged from canonical JSON, as values and as names', () => {
    for (const text of strings) {
      const written = canonicalJson({ value: text, names: { [text]: 1 } });
      expect(readJson(Buffer.from(written))).toEqual({ ok: true, value: { value: text, names: { [text]: 1 } } });
    }
    expect.assertions(590);
  });
});
