/**
 * Wrong implementations, each made of the real source, each caught by a test that says which promise it breaks. At every run each
 * meets the checks that are named beside it; in full all that are named beside any, and those of the whole flow. What this needs to say
 * anything: the same tests pass on the source as it is.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { size } from '../prove/settings.js';
import { files, filesOf, fullTrials, mutants, quickTrials } from './index.js';
import { applied, DoesNotApply } from './mutant.js';
import { isCaught, outcomesIn } from './outcome.js';
import { withTable } from './table.js';
import { type Outcomes, tryOut, UNPATCHED } from './workshop.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const isFull = size(0, 1) === 1;
const tried = isFull ? files : filesOf(mutants);
/** A machine with other work needs minutes for what takes one alone; in full, every file runs once per mutant. */
const timeoutMs = size(10, 90) * 60_000;

describe('the tests', () => {
  let outcomes: Outcomes = new Map();
  beforeAll(async () => {
    const trials = isFull ? fullTrials(mutants) : quickTrials(mutants);
    outcomes = await tryOut(root, trials, AbortSignal.timeout(timeoutMs));
  }, timeoutMs);

  it.each(tried)('%s pass on the source as it is, so that a failure means something', (test) => {
    expect(outcomes.get(UNPATCHED)?.get(test)).toMatchObject({ kind: 'green' });
  });

  const caught = mutants.flatMap(({ caughtBy, ...mutant }) => caughtBy.map((check) => ({ ...mutant, check })));
  it.each(caught)('$check.file catch "$name" ($promise) by "$check.title": $wrong', ({ name, check }) => {
    const outcome = outcomes.get(name)?.get(check.file);
    expect(isCaught(outcome, check), JSON.stringify(outcome)).toBe(true);
  });
});

describe('a mutant', () => {
  it('has a name of its own', () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  });

  it('stands in the list of which check catches which, with every check it names', () => {
    const text = readFileSync(fileURLToPath(new URL('README.md', import.meta.url)), 'utf8');
    expect(text).toBe(withTable(text, mutants));
  });

  const edit = { file: 'some.ts', find: 'a < b', replacement: 'a > b' };

  it('is the source but for its edit', () => {
    expect(applied('m', edit, 'if (a < b) $&')).toBe('if (a > b) $&');
  });

  it.each(['a <= b', 'a < b || a < b'])('whose place has moved does not apply: %s', (text) => {
    expect(() => applied('m', edit, text)).toThrow(DoesNotApply);
  });
});

describe('a failure', () => {
  const outcomeOf = (message: string, failureMessages: readonly string[]) => {
    const assertionResults = failureMessages.map((text) => {
      return { fullName: 'keeps it', status: 'failed', failureMessages: [text] };
    });
    const report = { testResults: [{ name: 'x.test.ts', status: 'failed', message, assertionResults }] };
    return outcomesIn(JSON.stringify(report))[0]?.outcome;
  };

  it('of an assertion is a mutant caught, where it is the one of the check', () => {
    const outcome = outcomeOf('', ['AssertionError: expected 1 to be 2']);
    expect(outcome).toEqual({ kind: 'red', tests: ['keeps it'] });
    const caughtBy = (title: string) => isCaught(outcome, { file: 'x.test.ts', title });
    expect([caughtBy('keeps it'), caughtBy('keeps another')]).toEqual([true, false]);
  });

  it.each([
    ['of a file that does not load', 'SyntaxError: Unexpected token', []],
    ['of a name that is missing', '', ['ReferenceError: x is not defined']],
    ['of time that ran out', '', ['Error: Test timed out in 5000ms.']],
    ['of a file without tests', '', []],
  ])('%s is a broken mutant, and proves nothing', (_, message, failureMessages) => {
    expect(outcomeOf(message, failureMessages)).toMatchObject({ kind: 'broken' });
  });
});
