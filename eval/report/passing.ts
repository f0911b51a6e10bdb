/** Whether a run passed: one rule for the exit code, the page, the terminal and build servers. */
import type { Finding, FindingKind, MetricName, QuestionReport, ThresholdResult } from '../harness/types.js';

/** What a suite bounds when it allows some findings of a kind. */
const metricOf: Readonly<Record<FindingKind, MetricName>> = {
  future_record: 'future_leak',
  stale_hit: 'stale_hit_rate',
  wrong_policy_version: 'wrong_policy_version_rate',
  entitlement_leak: 'entitlement_leak_rate',
  cross_tenant_leak: 'cross_tenant_leak',
  fact_missing: 'fact_missing_rate',
  fact_forbidden: 'fact_forbidden_rate',
};

type Thresholds = readonly Pick<ThresholdResult, 'metric' | 'met'>[];
type Questions = readonly Pick<QuestionReport, 'findings'>[];

/** Findings fail a run unless a threshold allows as many as there are: a suite that sets none has not said that it does not mind. */
export function failingFindings({ findings }: Questions[number], thresholds: Thresholds): readonly Finding[] {
  return findings.filter(({ kind }) => !thresholds.some(({ metric, met }) => metric === metricOf[kind] && met));
}

export function hasPassed(thresholds: Thresholds, questions: Questions): boolean {
  return (
    thresholds.every(({ met }) => met) &&
    questions.every((question) => failingFindings(question, thresholds).length === 0)
  );
}
