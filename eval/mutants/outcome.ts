/** What came of one test file in one copy, read from the test runner's report. */
import { z } from 'zod';
import type { Check } from './mutant.js';

export type Outcome =
  | { readonly kind: 'green'; readonly tests: number }
  /** Tests saw that a promise is broken: their titles. Of which promise, they say. */
  | { readonly kind: 'red'; readonly tests: readonly string[] }
  /** It failed, and no test said which promise is broken: the code does not load, a name is missing, nothing came in time. */
  | { readonly kind: 'broken'; readonly why: string };

const reportSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().default(''),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).default([]) }),
      ),
    }),
  ),
});

type FileReport = z.infer<typeof reportSchema>['testResults'][number];

export function outcomesIn(report: string): readonly { readonly path: string; readonly outcome: Outcome }[] {
  const { testResults } = reportSchema.parse(JSON.parse(report));
  return testResults.map((file) => ({ path: file.name, outcome: outcomeOf(file) }));
}

/** An assertion of a test or, in the report of a property, behind the counterexample. Two kinds of `expect` throw a plain Error. */
const BY_ASSERTION =
  /\bAssertionError\b|^Error: (?:promise (?:resolved|rejected) ".*" instead of (?:rejecting|resolving)|Snapshot `.*` mismatched)/;

/** Whether that very test failed by an assertion. */
export function isCaught(outcome: Outcome | undefined, { title }: Check): boolean {
  return outcome?.kind === 'red' && outcome.tests.some((test) => test.includes(title));
}

function outcomeOf({ status, message, assertionResults }: FileReport): Outcome {
  const failed = assertionResults.filter((test) => test.status === 'failed');
  const seen = failed.filter(({ failureMessages }) => failureMessages.some((text) => BY_ASSERTION.test(text)));
  if (seen.length > 0) return { kind: 'red', tests: seen.map(({ fullName }) => fullName) };
  const passed = assertionResults.filter((test) => test.status === 'passed').length;
  if (status === 'passed' && failed.length === 0 && passed > 0) return { kind: 'green', tests: passed };
  const why = failed[0]?.failureMessages[0] ?? (message === '' ? 'no test ran' : message);
  return { kind: 'broken', why: why.slice(0, 500) };
}
