/** A report from the file that a run has written. */
import { z } from 'zod';
import { DIGEST, type Digest } from '../../src/domain/canonical.js';
import type { Ref } from '../../src/domain/entity.js';
import { suiteInvalid } from '../harness/fault.js';
import { isRef } from '../harness/ref.js';
import { findingKinds, type Report } from '../harness/types.js';

const digest = z.custom<Digest>((value) => typeof value === 'string' && DIGEST.test(value), 'expected a digest');
const ref = z.custom<Ref>((value) => typeof value === 'string' && isRef(value), 'expected a reference');
const values = z.record(z.string(), z.number().nullable());

const questionSchema = z.object({
  id: z.string(),
  text: z.string(),
  history: z.array(z.object({ role: z.enum(['user', 'assistant']), text: z.string() })),
  atMs: z.number(),
  answerable: z.boolean().nullable(),
  relevant: z.record(z.string(), z.number()).nullable(),
  metrics: values,
  others: z.record(z.string(), values),
  findings: z.array(z.object({ kind: z.enum(findingKinds), ref: ref.nullable(), detail: z.string() })),
  confidence: z.number().nullable(),
  snapshot: digest.nullable(),
  content: digest.nullable(),
  refused: z.enum(['behind', 'stale']).exactOptional(),
  ranking: z.array(z.object({ ref, score: z.number(), lexical: z.number(), dense: z.number().nullable() })),
  items: z.array(z.object({ ref, hash: z.string(), position: z.string(), selected: z.string() })),
});

const estimateSchema = z.object({
  value: z.number(),
  low: z.number(),
  high: z.number(),
  questions: z.number(),
  unjudged: z.number().nullable(),
});

const differenceSchema = z.object({
  metric: z.string(),
  ours: z.number(),
  other: z.number(),
  difference: z.number(),
  low: z.number(),
  high: z.number(),
  p: z.number(),
  questions: z.number(),
  verdict: z.enum(['better', 'equal', 'worse']),
});

const stagesOf = <Of extends z.ZodType>(of: Of) => z.object({ catch_up: of, index: of, snapshot: of });

/** Closed, so that what a baseline has of a set-up is what a report has. */
export const setupReportSchema = z.strictObject({
  name: z.string(),
  generation: z.string(),
  ranking: z.string(),
  lag: z.strictObject({ stateMs: z.number(), indexMs: z.number() }).exactOptional(),
});

const schema = z.object({
  format: z.literal(1),
  suite: z.object({ name: z.string(), digest }),
  setup: setupReportSchema,
  seed: z.number(),
  stream: z.object({
    digest,
    records: z.number(),
    applied: z.number(),
    superseded: z.number(),
    duplicates: z.number(),
    rejected: z.number(),
    notices: z.array(z.string()),
  }),
  metrics: z.record(z.string(), estimateSchema),
  questions: z.array(questionSchema),
  comparisons: z.array(z.object({ against: z.string(), differences: z.array(differenceSchema) })),
  thresholds: z.array(
    z.object({ metric: z.string(), bound: z.string(), value: z.number().nullable(), met: z.boolean() }),
  ),
  passed: z.boolean(),
  times: z.object({
    startedAt: z.string(),
    totalMs: z.number(),
    stages: stagesOf(z.object({ p50: z.number(), p95: z.number(), max: z.number() })),
    questions: z.record(z.string(), stagesOf(z.number())),
  }),
});

/** Throws `suite_invalid` with one clear line. `name` is what the file is called in it. */
export function readReport(text: string, name: string): Report {
  const advice = 'Name the report.json of a finished run.';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw suiteInvalid([`${name} is not JSON`], advice);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw suiteInvalid([`${name} is no report: at /${issue?.path.join('/') ?? ''}: ${issue?.message ?? ''}`], advice);
}
