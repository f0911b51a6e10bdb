/** Counts from Vitest's report for programs. */
import { z } from 'zod';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Title and first lines of what each failed test said: it names the promise, the seed and how to repeat it. */
  readonly failures: readonly string[];
}

const reportSchema = z.object({
  success: z.boolean(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).nullish() }),
      ),
    }),
  ),
});

const LINES_MAX = 30;

/** A run without a report, without a test, or that failed without naming one, is a failure: it must never read as a proof. */
export function countsOf(report: string | undefined, exitCode: number): Counts {
  const parsed = reportSchema.safeParse(jsonOf(report));
  if (!parsed.success)
    return { passed: 0, failed: 1, skipped: 0, failures: [`vitest left no report (exit ${exitCode})`] };
  const tests = parsed.data.testResults.flatMap((file) => file.assertionResults);
  const failures = [
    ...tests
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => firstLines(`${fullName}\n${(failureMessages ?? []).join('\n')}`)),
    ...parsed.data.testResults
      .filter((file) => file.status === 'failed' && file.assertionResults.every(({ status }) => status !== 'failed'))
      .map((file) => firstLines(`${file.name}\n${file.message ?? ''}`)),
  ];
  const passed = tests.filter(({ status }) => status === 'passed').length;
  if (failures.length === 0 && (exitCode !== 0 || !parsed.data.success || passed === 0))
    failures.push(passed === 0 ? 'no test ran' : `vitest failed without naming a test (exit ${exitCode})`);
  const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed').length;
  return { passed, failed: failures.length, skipped, failures };
}

function jsonOf(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

function firstLines(text: string): string {
  return text.split('\n').slice(0, LINES_MAX).join('\n');
}
