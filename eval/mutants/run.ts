/**
 * Tries mutants out:
 *
 *     npm run -s build && node dist/eval/mutants/run.js [--full] [--write] [name …]
 *
 * Each mutant meets the checks that are named beside it; with `--full` every file that is named beside any, and those of the whole flow.
 * Says of each which tests failed by an assertion. `--write` brings the table of README.md up to date. Exits with 1 when a mutant
 * survives its checks or is broken, or a test fails on the source as it is.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fullTrials, mutants, quickTrials } from './index.js';
import type { Check, Mutant } from './mutant.js';
import { isCaught, type Outcome } from './outcome.js';
import { withTable } from './table.js';
import { type Outcomes, tryOut, UNPATCHED } from './workshop.js';

const readme = 'eval/mutants/README.md';
const names = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const chosen = names.length === 0 ? mutants : mutants.filter(({ name }) => names.includes(name));

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Undefined where the check has caught the mutant. */
function fault(name: string, check: Check, outcome: Outcome | undefined): string | undefined {
  if (isCaught(outcome, check)) return undefined;
  if (outcome?.kind === 'broken') return `${name} is broken: ${outcome.why}`;
  const failed = outcome?.kind === 'red' ? `, though others fail: ${outcome.tests.join('; ')}` : '';
  return `${name} survives "${check.title}" of ${check.file}${failed}`;
}

function faultsOf(some: readonly Mutant[], outcomes: Outcomes): readonly string[] {
  const sound = [...(outcomes.get(UNPATCHED) ?? [])].flatMap(([file, { kind }]) =>
    kind === 'green' ? [] : [`${file} fails on the source as it is`],
  );
  const own = some.flatMap(({ name, caughtBy }) =>
    caughtBy.flatMap((check) => fault(name, check, outcomes.get(name)?.get(check.file)) ?? []),
  );
  return [...sound, ...own];
}

function failuresOf({ name }: Mutant, outcomes: Outcomes): readonly string[] {
  return [...(outcomes.get(name) ?? [])].flatMap(([file, outcome]) =>
    outcome.kind === 'red' ? outcome.tests.map((test) => `    ${file}: ${test}`) : [],
  );
}

const trials = process.argv.includes('--full') ? fullTrials(chosen) : quickTrials(chosen);
const runs = trials.reduce((sum, { tests }) => sum + tests.length, 0);
say(`${chosen.length} mutants, ${runs} runs of test files`);
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
const outcomes = await tryOut(process.cwd(), trials, stop.signal);
for (const mutant of chosen) say([`${mutant.name}: ${mutant.wrong}`, ...failuresOf(mutant, outcomes)].join('\n'));
const faults = faultsOf(chosen, outcomes);
for (const text of faults) say(text);
if (process.argv.includes('--write')) await writeFile(readme, withTable(await readFile(readme, 'utf8'), mutants));
process.exitCode = faults.length === 0 ? 0 : 1;
