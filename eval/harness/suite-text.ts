/** A suite's file as text: YAML 1.2 or JSON, with the line of each of its values, so that a fault can be told where it stands. */
import { LineCounter, type Node, parseDocument, type YAMLError } from 'yaml';
import type { z } from 'zod';
import { suiteInvalid } from './fault.js';

type Path = readonly PropertyKey[];

export interface SuiteText {
  readonly value: unknown;
  /** `name:line`, of the value at this path or of the nearest one around it. */
  where(path: Path): string;
}

/** JSON is YAML, so both have lines. `name` is that of the file. Throws `suite_invalid` for text that is neither. */
export function readSuiteText(text: string, name: string): SuiteText {
  const lines = new LineCounter();
  const parsed = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  if (parsed.errors.length > 0) throw suiteInvalid(parsed.errors.map((error) => textFault(error, name, lines)));
  const lineOf = (path: Path): number => {
    for (let length = path.length; length > 0; length--) {
      const node = parsed.getIn(path.slice(0, length), true) as Node | undefined;
      if (node?.range) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };
  return { value: parsed.toJS({ maxAliasCount: 100 }), where: (path) => `${name}:${lineOf(path)}` };
}

function textFault({ message, pos }: YAMLError, name: string, lines: LineCounter): string {
  return `${name}:${lines.linePos(pos[0]).line}: ${message.split('\n', 1)[0]}`;
}

export function pathText(path: Path): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

/** Each fault of a value, one line. `keys` are those that a suite may have anywhere. */
export function faultLines(
  issues: readonly z.core.$ZodIssue[],
  text: SuiteText,
  keys: readonly string[],
): readonly string[] {
  return issues.flatMap((issue) => {
    const at = issue.path.length === 0 ? '' : `${pathText(issue.path)}: `;
    if (issue.code === 'invalid_union') {
      // Of the ways to write it, the one that came furthest is the one that was meant.
      const nearest = [...issue.errors].sort((a, b) => depthOf(b) - depthOf(a))[0] ?? [];
      return faultLines(
        nearest.map((one) => ({ ...one, path: [...issue.path, ...one.path] })),
        text,
        keys,
      );
    }
    if (issue.code === 'invalid_type' && isMissing(text.value, issue.path)) {
      const around = issue.path.slice(0, -1);
      const owner = around.length === 0 ? '' : `${pathText(around)} `;
      return [`${text.where(around)}: ${owner}has no "${String(issue.path.at(-1))}"`];
    }
    if (issue.code !== 'unrecognized_keys') return [`${text.where(issue.path)}: ${at}${issue.message}`];
    return issue.keys.map((key) => {
      const near = nearestOf(key, keys);
      const hint = near === undefined ? '' : `; did you mean "${near}"?`;
      return `${text.where([...issue.path, key])}: ${at}unknown key "${key}"${hint}`;
    });
  });
}

/** In the order of the file; what stands in one line keeps its order. */
export function byLine(faults: readonly string[]): readonly string[] {
  const lineOf = (fault: string) => Number(/:(\d+): /.exec(fault)?.[1] ?? 0);
  return [...faults].sort((a, b) => lineOf(a) - lineOf(b));
}

function isMissing(value: unknown, path: Path): boolean {
  const found = path.reduce<unknown>(
    (part, name) => (part as Record<PropertyKey, unknown> | null | undefined)?.[name],
    value,
  );
  return path.length > 0 && found === undefined;
}

function depthOf(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(...issues.map(({ path, code }) => path.length + (code === 'unrecognized_keys' ? 1 : 0)));
}

/** The known name that takes the fewest edits, where those are at most a third of the word. */
export function nearestOf(name: string, known: readonly string[]): string | undefined {
  const ranked = known.map((one) => ({ one, edits: editsBetween(name.toLowerCase(), one.toLowerCase()) }));
  const best = ranked.sort((a, b) => a.edits - b.edits)[0];
  return best !== undefined && best.edits <= Math.max(1, Math.ceil(name.length / 3)) ? best.one : undefined;
}

/** Levenshtein (1966): insertions, deletions and replacements of one character. */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replaced));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
