/** One set by one set-up: played, asked, and reported beside plain BM25, the committed baseline and the other set-ups. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TidemarkError } from '../../src/errors.js';
import { defaultTopics } from '../../src/log/topics.js';
import { type RunParts, type RunResult, runSuite } from '../harness/run.js';
import { lexicalSetup, type Setup } from '../harness/setup.js';
import { readSuite, type Suite } from '../harness/suite.js';
import type { Report } from '../harness/types.js';
import { type Baseline, baselineOf, readBaseline } from '../report/baseline.js';
import { buildReport } from '../report/build.js';
import type { StreamSource } from '../streams/source.js';
import type { SetupName } from './sets.js';

export interface Measuring extends Pick<RunParts, 'engines' | 'signal' | 'progress'> {
  /** Of the repository. */
  readonly root: string;
  /** Of all runs. */
  readonly folder: string;
  /** As EMBEDDER takes it. */
  readonly model: string;
  /** False where baselines are written: part of an interrupted run may be by other code, which no id names. */
  readonly mayGoOn: boolean;
}

export type Done = Extract<RunResult, { kind: 'done' }>;

export interface Wished {
  readonly set: string;
  readonly setup: SetupName;
  readonly source: StreamSource;
}

export function suiteOf({ root }: Pick<Measuring, 'root'>, set: string): Suite {
  return readSuite(join(root, 'eval/suites', `${set}.yaml`));
}

/** Goes on where an earlier run of the same suite and set-up was interrupted, if it may; all else is asked anew. */
export async function play(of: Measuring, { set, setup, source }: Wished): Promise<RunResult> {
  const suite = suiteOf(of, set);
  const embedder = setup === 'lexical' ? 'lexical' : of.model;
  const ranking = setup === 'dense' ? 'dense' : null;
  const made: Setup = { ...lexicalSetup, name: setup, embedder, ranking };
  const parts: Omit<RunParts, 'resume'> = {
    ...of,
    suite,
    setup: made,
    source,
    topics: defaultTopics,
    folder: join(of.folder, set, setup),
    stopwatch: () => performance.now(),
  };
  const finished = join(parts.folder, 'finished');
  // What was asked to its end is asked anew: code may have changed that no id names.
  const isInterrupted = of.mayGoOn && existsSync(parts.folder) && !existsSync(finished);
  rmSync(finished, { force: true });
  const result = await played(parts, isInterrupted);
  if (result.kind === 'done') writeFileSync(finished, '');
  return result;
}

async function played(parts: Omit<RunParts, 'resume'>, isInterrupted: boolean): Promise<RunResult> {
  try {
    return await runSuite({ ...parts, resume: isInterrupted });
  } catch (error) {
    const isOfAnother = error instanceof TidemarkError && error.code === 'suite_invalid';
    if (!isInterrupted || !isOfAnother) throw error;
    return runSuite({ ...parts, resume: false });
  }
}

/** Beside `others`, which are reports of the same questions, under the names they are given. */
export function reported(suite: Suite, done: Done, others: readonly Baseline[]): Report {
  return buildReport({
    suite: { name: suite.name, digest: suite.digest },
    setup: done.setup,
    seed: suite.seed,
    metrics: suite.metrics ?? [],
    thresholds: suite.thresholds,
    stream: done.stream,
    questions: done.questions,
    answers: done.answers,
    baselines: others,
    startedAt: new Date().toISOString(),
    totalMs: 0,
  });
}

export function baselinePath({ root }: Pick<Measuring, 'root'>, { set, setup }: Pick<Wished, 'set' | 'setup'>): string {
  return join(root, 'eval/baselines', `${set}.${setup}.json`);
}

/** Undefined: none has been committed. */
export function committedBaseline(
  of: Pick<Measuring, 'root'>,
  wished: Pick<Wished, 'set' | 'setup'>,
): Baseline | undefined {
  const path = baselinePath(of, wished);
  return existsSync(path) ? readBaseline(readFileSync(path, 'utf8'), `${wished.set}.${wished.setup}`) : undefined;
}

/** Above this a baseline has of each question the suite's first metric alone: three thousand of them are 90 KB then. */
const QUESTIONS_FEW = 1_000;

/** Only what the suite measures of rankings, so that the file is small: what must not happen has thresholds. */
export function smallBaseline(report: Report, metrics: readonly string[], name: string): Baseline {
  const baseline = baselineOf(report, name);
  const wanted = report.questions.length > QUESTIONS_FEW ? metrics.slice(0, 1) : metrics;
  const kept = Object.entries(baseline.questions).map(([id, values]) => {
    const few = Object.entries(values).filter(([metric, value]) => wanted.includes(metric) && value !== null);
    return [id, Object.fromEntries(few)] as const;
  });
  return { ...baseline, questions: Object.fromEntries(kept.filter(([, values]) => Object.keys(values).length > 0)) };
}
