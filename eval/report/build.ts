/** The report of a run: a pure function of the suite, the answers and what ours are compared with. */
import { invariant } from '../../src/errors.js';
import type {
  Answer,
  Comparison,
  MetricName,
  Question,
  QuestionMetrics,
  QuestionReport,
  Report,
  StreamSummary,
} from '../harness/types.js';
import { type Metric, metricNamed } from '../metrics/index.js';
import type { Baseline } from './baseline.js';
import { hasPassed } from './passing.js';
import { judgeThreshold } from './threshold.js';
import { stageTimes } from './times.js';
import { type Answered, differenceOf, estimateOf, type Sides, valuesOf, valuesOfRanking } from './values.js';

export interface ReportParts {
  readonly suite: Report['suite'];
  readonly setup: Report['setup'];
  /** Decides every draw of an interval or a test. */
  readonly seed: number;
  /** Each of them is known to `metricNamed`. */
  readonly metrics: readonly MetricName[];
  /** Bounds as the suite has them; their metrics are reported whether `metrics` names them or not. */
  readonly thresholds: Readonly<Record<MetricName, string>>;
  readonly stream: StreamSummary;
  readonly questions: readonly Question[];
  /** One for each question, in any order, with the oracle's findings. */
  readonly answers: readonly Answer[];
  /** Each is a comparison of its own, by its name. */
  readonly baselines: readonly Baseline[];
  readonly startedAt: string;
  readonly totalMs: number;
}

/** As `Comparison.against` has it. */
export const plainBm25 = 'plain BM25';

export function buildReport(parts: ReportParts): Report {
  const metrics = metricsOf(parts);
  const answered = answeredOf(parts);
  const ours = new Map(answered.map((one) => [one.question.id, valuesOf(metrics, one)]));
  const others = othersOf(parts, metrics, answered);
  const estimates = metrics.flatMap((metric) => {
    const estimate = estimateOf(metric, answered, parts.seed);
    return estimate === undefined ? [] : [[metric.name, estimate] as const];
  });
  const known = new Map(estimates);
  const thresholds = Object.entries(parts.thresholds).map(([name, bound]) =>
    judgeThreshold(name, bound, known.get(name)),
  );
  return {
    format: 1,
    suite: parts.suite,
    setup: parts.setup,
    seed: parts.seed,
    stream: { ...parts.stream, notices: [...parts.stream.notices, ...baselineNotices(parts)] },
    metrics: Object.fromEntries(estimates),
    questions: answered.map((one) => questionReport(one, ours.get(one.question.id) ?? {}, others)),
    comparisons: [...others].map(([against, other]) =>
      comparisonOf(against, metrics, { sides: { questions: parts.questions, ours, other }, seed: parts.seed }),
    ),
    thresholds,
    passed: hasPassed(
      thresholds,
      answered.map(({ answer }) => answer),
    ),
    times: {
      startedAt: parts.startedAt,
      totalMs: parts.totalMs,
      stages: stageTimes(parts.answers),
      questions: Object.fromEntries(answered.map(({ answer }) => [answer.question, answer.latencyMs])),
    },
  };
}

/** Questions are paired by their ids alone, so nobody should have to guess how far two versions of a suite are the same. */
function baselineNotices({ baselines, suite, questions }: ReportParts): readonly string[] {
  const older = baselines.filter((baseline) => baseline.suite.digest !== suite.digest);
  return older.map((baseline) => {
    const shared = questions.filter(({ id }) => Object.hasOwn(baseline.questions, id)).length;
    return `${baseline.name} is of another version of the suite: ${shared} of ${questions.length} questions have its ids`;
  });
}

function metricsOf({ metrics, thresholds }: ReportParts): readonly Metric[] {
  return [...new Set([...metrics, ...Object.keys(thresholds)])].map((name) => {
    const metric = metricNamed(name);
    invariant(metric !== undefined, 'the metrics of a suite are known');
    return metric;
  });
}

/** In the order of the questions. */
function answeredOf({ questions, answers }: ReportParts): readonly Answered[] {
  const byQuestion = new Map(answers.map((answer) => [answer.question, answer]));
  return questions.map((question) => {
    const answer = byQuestion.get(question.id);
    invariant(answer !== undefined, 'every question of a report has its answer');
    return { question, answer };
  });
}

type Others = ReadonlyMap<string, ReadonlyMap<string, QuestionMetrics>>;

function othersOf({ baselines }: ReportParts, metrics: readonly Metric[], answered: readonly Answered[]): Others {
  const others = new Map<string, ReadonlyMap<string, QuestionMetrics>>();
  // Where no question asks for a ranking, or none is judged by one, there is nothing to set beside ours.
  if (metrics.some(({ ranked }) => ranked !== undefined) && answered.some(({ answer }) => answer.ranking.length > 0)) {
    const plain = answered.map(({ question, answer }) => {
      return [question.id, valuesOfRanking(metrics, question, answer.plain)] as const;
    });
    others.set(plainBm25, new Map(plain));
  }
  for (const { name, questions } of baselines) others.set(name, new Map(Object.entries(questions)));
  return others;
}

function comparisonOf(
  against: string,
  metrics: readonly Metric[],
  { sides, seed }: { readonly sides: Sides; readonly seed: number },
): Comparison {
  return { against, differences: metrics.flatMap((metric) => differenceOf(metric, sides, seed) ?? []) };
}

function questionReport({ question, answer }: Answered, metrics: QuestionMetrics, others: Others): QuestionReport {
  const { relevant, answerable } = question.expect;
  const { atMs, findings, confidence, snapshot, content, refused, ranking, items } = answer;
  const rows = [...others].map(([against, values]) => [against, values.get(question.id) ?? {}] as const);
  return {
    id: question.id,
    text: question.text,
    history: question.history,
    atMs,
    answerable: answerable ?? null,
    relevant: relevant === undefined ? null : Object.fromEntries(relevant),
    metrics,
    others: Object.fromEntries(rows),
    findings,
    confidence,
    snapshot,
    content,
    ...(refused === undefined ? {} : { refused: refused.why }),
    ranking,
    items,
  };
}
