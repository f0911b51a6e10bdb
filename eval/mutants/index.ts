/** Every mutant, and the suites that are to catch them. */
import { answerMutants } from './answers.js';
import { logMutants } from './log.js';
import type { Mutant } from './mutant.js';
import { orderMutants } from './order.js';
import type { Trial } from './workshop.js';

export const mutants: readonly Mutant[] = [...orderMutants, ...logMutants, ...answerMutants];

/** Each test file that is named as catching one. */
export function suitesOf(some: readonly Mutant[]): readonly string[] {
  return [...new Set(some.flatMap(({ caughtBy }) => caughtBy))].sort();
}

/** Suites of the whole flow: slower to fail than those that name a mutant as theirs, and what stands behind them. */
const wide: readonly string[] = [
  'eval/flow/isolation.test.ts',
  'eval/flow/restart.test.ts',
  'eval/metamorphic/arrangements.test.ts',
  'eval/metamorphic/golden.test.ts',
  'eval/streams/demo-world/traps.service.test.ts',
  'src/replay/validity.test.ts',
];

/** What every mutant meets in full. */
export const suites: readonly string[] = [...new Set([...suitesOf(mutants), ...wide])].sort();

/** Each mutant against the tests that are to catch it, and those tests against the code as it is. */
export function quickTrials(some: readonly Mutant[]): readonly Trial[] {
  const sound: Trial = { mutant: null, tests: suitesOf(some) };
  return [sound, ...some.map((mutant) => ({ mutant, tests: mutant.caughtBy }))];
}

/** Each mutant against every suite, its own or another's. */
export function fullTrials(some: readonly Mutant[], suites: readonly string[]): readonly Trial[] {
  return [{ mutant: null, tests: suites }, ...some.map((mutant) => ({ mutant, tests: suites }))];
}
