/**
 * Which check catches which mutant:
 *
 *     npm run -s build && node dist/eval/mutants/run.js [--full] [--write] [name …]
 *
 * Each mutant meets its quickest tests, with `--full` every suite. With `--write` what came of it stands in README.md.
 * Exits with 1 when a mutant survives its tests or is broken, or a test fails on the source as it is.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fullTrials, mutants, quickTrials, suites } from './index.js';
import type { Mutant } from './mutant.js';
import type { Outcome } from './outcome.js';
import { rowFor, tableOf, withTable } from './table.js';
import { type Outcomes, tryOut, UNPATCHED } from './workshop.js';

const readme = 'eval/mutants/README.md';
const write = process.argv.includes('--write');
const names = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const chosen = names.length === 0 ? mutants : mutants.filter(({ name }) => names.includes(name));

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** What a mutant's own tests, or the source's, should not have come to. */
function fault(name: string, test: string, outcome: Outcome | undefined): string | undefined {
  if (name === UNPATCHED) return outcome?.kind === 'green' ? undefined : `${test} fails on the source as it is`;
  if (outcome?.kind === 'red') return undefined;
  return outcome?.kind === 'broken' ? `${name} is broken: ${outcome.why}` : `${name} survives ${test}`;
}

function faultsOf(some: readonly Mutant[], outcomes: Outcomes): readonly string[] {
  const sound = [...(outcomes.get(UNPATCHED) ?? [])].map(([test, outcome]) => fault(UNPATCHED, test, outcome));
  const own = some.flatMap(({ name, caughtBy }) =>
    caughtBy.map((test) => fault(name, test, outcomes.get(name)?.get(test))),
  );
  return [...sound, ...own].filter((text) => text !== undefined);
}

const trials = process.argv.includes('--full') ? fullTrials(chosen, suites) : quickTrials(chosen);
const runs = trials.reduce((sum, { tests }) => sum + tests.length, 0);
say(`${chosen.length} mutants, ${runs} runs of test files`);
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
const outcomes = await tryOut(process.cwd(), trials, stop.signal);
const rows = chosen.map((mutant) => rowFor(mutant, outcomes));
say(tableOf(rows));
const faults = faultsOf(chosen, outcomes);
for (const text of faults) say(text);
if (write && names.length === 0) await writeFile(readme, withTable(await readFile(readme, 'utf8'), rows));
process.exitCode = faults.length === 0 ? 0 : 1;
