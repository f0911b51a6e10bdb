/** Every mutant, and the test files it is tried against. */
import { agentMutants } from './agents.js';
import { answerMutants } from './answers.js';
import { claimMutants } from './claims.js';
import { evaluationMutants } from './evaluation.js';
import { keptMutants } from './kept.js';
import { logMutants } from './log.js';
import type { Mutant } from './mutant.js';
import { orderMutants } from './order.js';
import { promptMutants } from './prompts.js';
import { retrievalMutants } from './retrieval.js';
import { sharedMutants } from './shared.js';
import type { Trial } from './workshop.js';

export const mutants: readonly Mutant[] = [
  ...orderMutants,
  ...logMutants,
  ...keptMutants,
  ...answerMutants,
  ...promptMutants,
  ...sharedMutants,
  ...claimMutants,
  ...agentMutants,
  ...retrievalMutants,
  ...evaluationMutants,
];

/** Each test file that is named as catching one. */
export function filesOf(some: readonly Mutant[]): readonly string[] {
  return [...new Set(some.flatMap(({ caughtBy }) => caughtBy.map(({ file }) => file)))].sort();
}

/** Test files of the whole flow: slower to fail than those that are named beside a mutant, and what stands behind them. */
const wide: readonly string[] = [
  'eval/flow/isolation.test.ts',
  'eval/flow/restart.test.ts',
  'eval/metamorphic/arrangements.test.ts',
  'eval/metamorphic/golden.test.ts',
  'eval/streams/demo-world/traps.service.test.ts',
  'src/replay/validity.test.ts',
];

/** What every mutant meets in full: each file that is named beside any of them, and those of the whole flow. Not all there are. */
export const files: readonly string[] = [...new Set([...filesOf(mutants), ...wide])].sort();

/** Each mutant against the tests that are to catch it, and those tests against the code as it is. */
export function quickTrials(some: readonly Mutant[]): readonly Trial[] {
  const sound: Trial = { mutant: null, tests: filesOf(some) };
  return [sound, ...some.map((mutant) => ({ mutant, tests: filesOf([mutant]) }))];
}

/** Each mutant against all of `files`, its own and the others'. */
export function fullTrials(some: readonly Mutant[]): readonly Trial[] {
  return [{ mutant: null, tests: files }, ...some.map((mutant) => ({ mutant, tests: files }))];
}
