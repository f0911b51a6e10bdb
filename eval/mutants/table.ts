/** The list "which check catches which", as a table that people read and a test holds against the mutants. */
import type { Mutant } from './mutant.js';
import type { Outcomes } from './workshop.js';

export interface Row {
  readonly name: string;
  readonly promise: string;
  readonly wrong: string;
  readonly caughtBy: readonly string[];
}

const SEPARATOR = '<br>';

/** Of every suite that was run on the mutant, those that failed by an assertion. */
export function rowFor({ name, promise, wrong }: Mutant, outcomes: Outcomes): Row {
  const red = [...(outcomes.get(name) ?? [])].filter(([, { kind }]) => kind === 'red');
  return { name, promise, wrong, caughtBy: red.map(([test]) => test).sort() };
}

export function tableOf(rows: readonly Row[]): string {
  const lines = rows.map(({ name, promise, wrong, caughtBy }) => {
    const checks = caughtBy.map((test) => `\`${test}\``).join(SEPARATOR);
    return `| \`${name}\` | ${promise} | ${wrong} | ${checks} |`;
  });
  return ['| mutant | breaks | what it does wrong | caught by |', '|---|---|---|---|', ...lines].join('\n');
}

/** The text with its table replaced: it goes to the end. */
export function withTable(text: string, rows: readonly Row[]): string {
  const [head = ''] = text.split('| mutant |', 1);
  return `${head.trimEnd()}\n\n${tableOf(rows)}\n`;
}

const ROW = /^\| `([^`]+)` \| (P\d+) \| (.+) \| (.*) \|$/;

export function rowsOf(text: string): readonly Row[] {
  return text.split('\n').flatMap((line) => {
    const [, name, promise, wrong, checks] = ROW.exec(line) ?? [];
    if (name === undefined || promise === undefined || wrong === undefined) return [];
    const caughtBy = (checks ?? '').split(SEPARATOR).map((check) => check.replaceAll('`', ''));
    return [{ name, promise, wrong, caughtBy }];
  });
}
