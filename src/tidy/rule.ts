/** What a rule is, and how what it finds is told. */
import type { SourceFile } from './source.js';

export interface Finding {
  readonly path: string;
  readonly line: number;
  /** What is there, as a fragment: "uses any". */
  readonly what: string;
}

export interface Rule {
  readonly name: string;
  /** What to do about a finding, one sentence. */
  readonly advice: string;
  /** All files at once, because some rules are about how files relate. */
  readonly find: (files: readonly SourceFile[]) => readonly Finding[];
}

export type Hit = Omit<Finding, 'path'>;

/** A rule that looks at one file at a time. */
export function fileRule(name: string, advice: string, look: (file: SourceFile) => readonly Hit[]): Rule {
  return {
    name,
    advice,
    find: (files) => files.flatMap((file) => look(file).map((hit) => ({ path: file.path, ...hit }))),
  };
}

/** One finding per line, clickable in most terminals; empty when all is well. */
export function report(rule: Rule, files: readonly SourceFile[]): string {
  return rule
    .find(files)
    .map(({ path, line, what }) => `${path}:${line} ${what} [${rule.name}]: ${rule.advice}`)
    .join('\n');
}
