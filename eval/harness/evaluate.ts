/** From a suite to its report and the files of its run. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { DIGEST, type Digest } from '../../src/domain/canonical.js';
import { defaultMetrics } from '../metrics/index.js';
import { type Baseline, readBaseline } from '../report/baseline.js';
import { buildReport } from '../report/build.js';
import { reportFiles } from '../report/files.js';
import { setupReportSchema } from '../report/read.js';
import { ANSWERS_FILE, readAnswersFile } from './answers-file.js';
import { askedDigest } from './digests.js';
import { suiteInvalid } from './fault.js';
import { questionsOf, type RunParts, type RunResult, runSuite } from './run.js';
import type { Suite } from './suite.js';
import type { Answer, Question, Report } from './types.js';

export interface EvaluateParts extends RunParts {
  readonly suite: Suite;
  readonly suitePath: string;
  /** RFC 3339, of the wall clock: for the times of the report. */
  readonly startedAt: string;
}

export type Evaluated =
  | { readonly kind: 'done'; readonly report: Report; readonly files: readonly string[] }
  | Extract<RunResult, { kind: 'interrupted' }>;

/** Runs it, and writes the report in each of its forms into the folder. */
export async function evaluate(parts: EvaluateParts): Promise<Evaluated> {
  const { suite, suitePath, folder, startedAt, stopwatch } = parts;
  const beganAtMs = stopwatch();
  // Read first: a baseline that cannot be read is told before anything is played.
  const baseline = baselineIn(suite);
  const result = await runSuite(parts);
  if (result.kind === 'interrupted') return result;
  const { questions, answers, stream, setup } = result;
  const asked = askedDigest(suite.stream, questions);
  const totalMs = Math.round(stopwatch() - beganAtMs);
  const kept: RunFacts = { suite: suitePath, asked, setup, stream, startedAt, totalMs };
  writeFileSync(join(folder, RUN_FILE), `${JSON.stringify(kept)}\n`);
  const report = reportOf({ suite, facts: kept, questions, answers, baseline });
  return { kind: 'done', report, files: await writeReport(folder, report) };
}

/** Makes the report of a finished run again: nothing is played or asked. Throws `suite_invalid` for a folder without one. */
export async function reportAgain(
  folder: string,
  read: (facts: RunFacts) => Pick<EvaluateParts, 'suite' | 'source'>,
): Promise<Extract<Evaluated, { kind: 'done' }>> {
  const facts = readRunFacts(folder);
  const { suite, source } = read(facts);
  const questions = await questionsOf({ suite, source });
  if (askedDigest(suite.stream, questions) !== facts.asked)
    throw suiteInvalid(
      [`${folder} has answers to other questions or another stream than ${facts.suite} has by now`],
      'Run the suite again; metrics, thresholds and the baseline may change without.',
    );
  const known = readAnswersFile(join(folder, ANSWERS_FILE)).answers;
  const missing = questions.filter(({ id }) => !known.has(id));
  if (missing.length > 0)
    throw suiteInvalid([`${folder} lacks the answers to ${missing.length} questions of the suite`]);
  const answers = questions.flatMap(({ id }) => known.get(id) ?? []);
  const report = reportOf({ suite, facts, questions, answers, baseline: baselineIn(suite) });
  return { kind: 'done', report, files: await writeReport(folder, report) };
}

export const RUN_FILE = 'run.json';

const factsSchema = z.object({
  suite: z.string(),
  /** What was asked of which stream: a suite may have been edited since. */
  asked: z.string(),
  setup: setupReportSchema,
  stream: z.object({
    digest: z.custom<Digest>((value) => typeof value === 'string' && DIGEST.test(value)),
    records: z.number(),
    applied: z.number(),
    superseded: z.number(),
    duplicates: z.number(),
    rejected: z.number(),
    notices: z.array(z.string()).readonly(),
  }),
  startedAt: z.string(),
  totalMs: z.number(),
});

/** What a report tells of a run beside its answers. */
export type RunFacts = z.infer<typeof factsSchema>;

function readRunFacts(folder: string): RunFacts {
  try {
    return factsSchema.parse(JSON.parse(readFileSync(join(folder, RUN_FILE), 'utf8')));
  } catch {
    throw suiteInvalid([`${folder} has no finished run`], 'Name the folder of one, or finish it with --resume.');
  }
}

function baselineIn({ baseline }: Suite): Baseline | null {
  if (baseline === null) return null;
  if (!existsSync(baseline)) throw suiteInvalid([`the baseline ${baseline} does not exist`]);
  return readBaseline(readFileSync(baseline, 'utf8'), basename(baseline));
}

interface Reported {
  readonly suite: Suite;
  readonly facts: RunFacts;
  readonly questions: readonly Question[];
  readonly answers: readonly Answer[];
  readonly baseline: Baseline | null;
}

function reportOf({ suite, facts, questions, answers, baseline }: Reported): Report {
  const { setup, stream, startedAt, totalMs } = facts;
  return buildReport({
    suite: { name: suite.name, digest: suite.digest },
    setup,
    seed: suite.seed,
    metrics: suite.metrics ?? defaultMetrics(questions, lags(suite)),
    thresholds: suite.thresholds,
    stream,
    questions,
    answers,
    baselines: baseline === null ? [] : [baseline],
    startedAt,
    totalMs,
  });
}

/** Its set-ups are compared, so what one is judged by all are. */
function lags({ setups, setup }: Suite): boolean {
  return [...setups.values(), setup].some(({ lag }) => lag !== null);
}

async function writeReport(folder: string, report: Report): Promise<readonly string[]> {
  const texts = await reportFiles(report);
  mkdirSync(folder, { recursive: true });
  return [...texts].map(([name, text]) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  });
}
