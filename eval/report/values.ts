/** The values of metrics by question, and what they come to. */
import type { Answer, Difference, Estimate, MetricName, Question, QuestionMetrics } from '../harness/types.js';
import { bootstrapInterval } from '../metrics/bootstrap.js';
import type { Metric, Valued } from '../metrics/index.js';
import { type Ranking, unjudgedAmong } from '../metrics/judgements.js';
import { randomizationTest } from '../metrics/randomization.js';
import { evenly, type Weights } from '../metrics/statistic.js';
import { rounded } from './rounded.js';

export interface Answered {
  readonly question: Question;
  readonly answer: Answer;
}

/** Of one question, null where it has none. */
export function valuesOf(metrics: readonly Metric[], { question, answer }: Answered): QuestionMetrics {
  return record(metrics, (metric) => metric.of(question, answer));
}

/** The same of another's ranking: what is no metric of rankings has no value. */
export function valuesOfRanking(metrics: readonly Metric[], question: Question, ranking: Ranking): QuestionMetrics {
  const { relevant } = question.expect;
  return record(metrics, ({ ranked }) => (relevant === undefined ? undefined : ranked?.of(ranking, relevant)));
}

/** As reports and baselines write them: what was read back is else another number than the same one that was just computed. */
function record(metrics: readonly Metric[], of: (metric: Metric) => number | undefined): QuestionMetrics {
  return rounded(Object.fromEntries(metrics.map((metric) => [metric.name, of(metric) ?? null])));
}

/** Undefined: no question has a value, which is not the same as 0. */
export function estimateOf(metric: Metric, answered: readonly Answered[], seed: number): Estimate | undefined {
  const valued = answered.flatMap(({ question, answer }) => {
    const value = metric.of(question, answer);
    return value === undefined ? [] : [{ question, answer, value }];
  });
  const statistic = metric.over(valued);
  const value = statistic(evenly(valued.length));
  const interval = bootstrapInterval(valued.length, statistic, seed);
  if (value === undefined || interval === undefined) return undefined;
  return { value, ...interval, questions: valued.length, unjudged: unjudgedOf(metric, valued) };
}

function unjudgedOf({ ranked }: Metric, answered: readonly Answered[]): number | null {
  if (ranked === undefined) return null;
  const counts = answered.map(({ question, answer }) => {
    const ranking = answer.ranking.map(({ ref }) => ref);
    return unjudgedAmong(ranking, question.expect.relevant ?? new Map(), ranked.cut);
  });
  return counts.reduce((sum, count) => sum + count, 0);
}

/** What two systems got, by question. */
export interface Sides {
  readonly questions: readonly Question[];
  readonly ours: ReadonlyMap<string, QuestionMetrics>;
  readonly other: ReadonlyMap<string, QuestionMetrics>;
}

/**
 * Over the questions that both have a value for. Equal when the interval of the difference includes 0, which with few questions says
 * that nobody can tell and not that nothing changed. Undefined when there is nothing to compare.
 */
export function differenceOf(metric: Metric, sides: Sides, seed: number): Difference | undefined {
  const pairs = pairsOf(metric.name, sides);
  const valued = { ours: pairs.map(({ ours }) => ours), other: pairs.map(({ other }) => other) };
  const [overOurs, overOther] = [metric.over(valued.ours), metric.over(valued.other)];
  const differ = (weights: Weights) => {
    const [first, second] = [overOurs(weights), overOther(weights)];
    return first === undefined || second === undefined ? undefined : first - second;
  };
  const interval = bootstrapInterval(pairs.length, differ, seed);
  const isSame = (one: Valued, another: Valued) => one.value === another.value;
  const p = randomizationTest(valued, { over: metric.over, isSame, seed });
  const [ours, other] = [overOurs(evenly(pairs.length)), overOther(evenly(pairs.length))];
  if (ours === undefined || other === undefined || interval === undefined || p === undefined) return undefined;
  const verdict = verdictOf(interval, metric.direction);
  return {
    metric: metric.name,
    ours,
    other,
    difference: ours - other,
    ...interval,
    p,
    questions: pairs.length,
    verdict,
  };
}

function pairsOf(name: MetricName, { questions, ours, other }: Sides): readonly { ours: Valued; other: Valued }[] {
  return questions.flatMap((question) => {
    const [first, second] = [ours.get(question.id)?.[name] ?? null, other.get(question.id)?.[name] ?? null];
    if (first === null || second === null) return [];
    return [{ ours: { question, value: first }, other: { question, value: second } }];
  });
}

function verdictOf(
  { low, high }: { low: number; high: number },
  direction: Metric['direction'],
): Difference['verdict'] {
  if (low <= 0 && high >= 0) return 'equal';
  return low > 0 === (direction === 'higher') ? 'better' : 'worse';
}
