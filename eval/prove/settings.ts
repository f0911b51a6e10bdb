/** What a proving suite is told from outside: how much to do, and from which seed chance begins. */
import { invariant } from '../../src/errors.js';

/** How much a proving suite does: a fixed, quick part at every test run, all of it by `npm run prove -- --full`. */
export function size(atEveryRun: number, full: number): number {
  return process.env.TIDEMARK_PROVE === 'full' ? full : atEveryRun;
}

/** The environment in which a program, and what it starts, has that size. */
export function environmentAt(wanted: 'quick' | 'full'): NodeJS.ProcessEnv {
  return { ...process.env, TIDEMARK_PROVE: wanted };
}

/** Of a run that nobody gave a seed: the same at every run, so that a failure is one everywhere. */
const USUAL_SEED = 20_261_121;

/** Where the chance of a suite begins: `TIDEMARK_SEED`, or the same number as always. */
export function seed(): number {
  return givenSeed() ?? USUAL_SEED;
}

/** `TIDEMARK_SEED`, for suites that run many seeds and, told one, that one alone. */
export function givenSeed(): number | undefined {
  const text = process.env.TIDEMARK_SEED;
  if (text === undefined) return undefined;
  const given = Number(text);
  invariant(text !== '' && Number.isSafeInteger(given), 'TIDEMARK_SEED is a whole number');
  return given;
}

/** The line that does it again: `suites` is what the test runner is told to run. */
export function againLine(suites: string, from = seed()): string {
  const full = size(0, 1) === 1 ? 'TIDEMARK_PROVE=full ' : '';
  return `${full}TIDEMARK_SEED=${from} npx vitest run ${suites}`;
}
