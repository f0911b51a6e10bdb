/** Passages for tests. */
import fc from 'fast-check';
import { digestOf } from '../domain/canonical.js';
import type { PassageRules } from './method.js';
import { characterPassages } from './passages.js';
import type { Passage } from './port.js';

/** A first line of several is its title. */
export function passage(entity: string, n: number, text: string): Passage {
  return { id: `policy/${entity}#${n}`, text, titleChars: Math.max(0, text.indexOf('\n')), hash: digestOf(text) };
}

const word = fc.constantFrom(
  'refund',
  'card',
  'fee',
  'limit',
  'transfer',
  'dispute',
  'account',
  'loan',
  'rate',
  'branch',
);

/** Words of a small vocabulary, so that passages share terms. */
export const textOfWords = fc.array(word, { minLength: 1, maxLength: 12 }).map((words) => words.join(' '));

/** A set of passages with distinct ids. */
export const passageSet = fc
  .array(textOfWords, { maxLength: 20 })
  .map((texts) => texts.map((text, at) => passage(`P-${at % 7}`, at, text)));

/** `count` hears of every entity whose text is cut. */
export function countedPassages(count: () => void): PassageRules {
  return {
    ...characterPassages,
    passagesOf: (key, data) => {
      count();
      return characterPassages.passagesOf(key, data);
    },
  };
}
