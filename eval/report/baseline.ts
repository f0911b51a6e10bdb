/** A committed baseline: what a former report measured of each question. A new one is compared with it, question by question. */
import { z } from 'zod';
import { canonicalJson } from '../../src/domain/canonical.js';
import { TidemarkError } from '../../src/errors.js';
import type { Report } from '../harness/types.js';
import { setupReportSchema } from './read.js';
import { rounded } from './rounded.js';

const schema = z.strictObject({
  format: z.literal(1),
  /** As comparisons name it. */
  name: z.string().min(1),
  suite: z.strictObject({ name: z.string(), digest: z.string() }),
  setup: setupReportSchema,
  questions: z.record(z.string(), z.record(z.string(), z.number().nullable())),
});

export type Baseline = Readonly<z.infer<typeof schema>>;

export function baselineOf(report: Report, name: string): Baseline {
  const questions = Object.fromEntries(report.questions.map(({ id, metrics }) => [id, metrics]));
  return { format: 1, name, suite: report.suite, setup: report.setup, questions };
}

/** The same bytes for the same baseline; one question a line, so that a change of one is a change of one line. */
export function baselineText(baseline: Baseline): string {
  const { questions, ...head } = rounded(baseline);
  const lines = Object.keys(questions)
    .sort()
    .map((id) => `${JSON.stringify(id)}:${canonicalJson(questions[id])}`);
  return `${canonicalJson(head).slice(0, -1)},"questions":{\n${lines.join(',\n')}\n}}\n`;
}

/** Throws `suite_invalid` with one clear line. `name` is what the file is called in messages. */
export function readBaseline(text: string, name: string): Baseline {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid(name, 'is not JSON', cause);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw invalid(name, `at /${issue?.path.join('/') ?? ''}: ${issue?.message ?? 'not a baseline'}`, result.error);
}

function invalid(name: string, what: string, cause: unknown): TidemarkError {
  return new TidemarkError({
    code: 'suite_invalid',
    message: `baseline ${name} ${what}`,
    advice: 'Take the baseline.json of a finished run: it lies in its folder.',
    retriable: false,
    cause,
  });
}
