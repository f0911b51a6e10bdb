/** Every metric by its name. A suite names them; a name that is none of them is refused when the suite is read. */
import type { MetricName, Question } from '../harness/types.js';
import { abstentionMetric, abstentionNames } from './abstention.js';
import type { Metric } from './metric.js';
import { rankedMetric, rankedNames } from './ranked.js';
import { lagNames, releasedMetric, releasedNames } from './released.js';

export type { Metric, Valued } from './metric.js';

/** What may be written, for an error message: `k` and `threshold` stand for a number. */
export const metricNames: readonly string[] = [...rankedNames, ...releasedNames, ...abstentionNames];

/** Undefined: no metric has this name. Of a question that was refused none has a value but the one that counts these. */
export function metricNamed(name: MetricName): Metric | undefined {
  const found = rankedMetric(name) ?? releasedMetric(name) ?? abstentionMetric(name);
  if (found === undefined || name === 'refused_rate') return found;
  return {
    ...found,
    of: (question, answer) => (answer.refused === undefined ? found.of(question, answer) : undefined),
  };
}

/** For a suite that names none: what its questions can be judged by, and always what must not happen. `lags`: any of its set-ups does. */
export function defaultMetrics(questions: readonly Question[], lags = false): readonly MetricName[] {
  const expected = questions.map(({ expect }) => expect);
  const isAnswerable = new Set(expected.map(({ answerable }) => answerable));
  return [
    ...(expected.some(({ relevant }) => relevant !== undefined)
      ? ['ndcg@10', 'recall@10', 'mrr@10', 'map', 'p@5']
      : []),
    ...(isAnswerable.has(true) && isAnswerable.has(false) ? ['abstention_auc'] : []),
    ...(expected.some(({ contains }) => contains.length > 0) ? ['fact_missing_rate'] : []),
    ...(expected.some(({ absent }) => absent.length > 0) ? ['fact_forbidden_rate'] : []),
    'stale_hit_rate',
    ...(lags ? lagNames : []),
    'wrong_policy_version_rate',
    'entitlement_leak_rate',
    'cross_tenant_leak',
    'future_leak',
    'freshness_ms',
    'tokens',
  ];
}
