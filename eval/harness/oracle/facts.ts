/** Words that an answer must, or must not, have in it. */
import type { JsonValue } from '../../../src/domain/canonical.js';
import type { Expectation, Finding } from '../types.js';

/**
 * Looked for, letter by letter, in what a reader of the values would see: texts, numbers and truth values, with runs of white space as one
 * space. Not in the names of members, which are the same in every value.
 */
export function factFindings(values: readonly JsonValue[], { contains, absent }: Expectation): readonly Finding[] {
  if (contains.length === 0 && absent.length === 0) return [];
  const text = values.flatMap(leavesOf).map(spaced).join('\n');
  const has = (words: string) => text.includes(spaced(words));
  const missing = contains.filter((words) => !has(words)).map((words) => fact('fact_missing', words));
  return [...missing, ...absent.filter(has).map((words) => fact('fact_forbidden', words))];
}

function fact(kind: 'fact_missing' | 'fact_forbidden', words: string): Finding {
  const what = kind === 'fact_missing' ? 'must have and lacks' : 'must not have and has';
  return { kind, ref: null, detail: `the answer ${what}: ${JSON.stringify(words)}` };
}

function leavesOf(value: JsonValue): readonly string[] {
  if (value === null) return [];
  if (typeof value !== 'object') return [String(value)];
  return Object.values(value).flatMap((member: JsonValue) => leavesOf(member));
}

function spaced(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
