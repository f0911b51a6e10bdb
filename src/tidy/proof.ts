/** What shows that a rule bites: sources it must report, and sources that look alike and must pass. */
import type { Rule } from './rule.js';
import { readSource } from './source.js';

/** Path and text of each file of a small imagined repository. */
export type Repository = Readonly<Record<string, string>>;

export interface Proof {
  readonly rule: Rule;
  readonly bad: readonly Repository[];
  readonly good: readonly Repository[];
}

/** The places a rule reports, as `path:line`. */
export function reportedIn(rule: Rule, repository: Repository): readonly string[] {
  const files = Object.entries(repository).map(([path, text]) => readSource(path, text));
  return rule.find(files).map(({ path, line }) => `${path}:${line}`);
}

/** Each text as a repository of one file. */
export function at(path: string, ...texts: readonly string[]): readonly Repository[] {
  return texts.map((text) => ({ [path]: text }));
}

export function lines(count: number, line = 'f();'): string {
  return Array.from({ length: count }, () => line).join('\n');
}
