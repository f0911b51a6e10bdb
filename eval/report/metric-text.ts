/** How metrics are called, and how their figures are written, for people. */
import type { MetricName } from '../harness/types.js';
import { parseBound } from './threshold.js';

const names: Readonly<Record<string, string>> = {
  stale_hit_rate: 'Stale hits',
  stale_answer_rate: 'Answers with stale items',
  stale_fresh_rate: 'Stale and labelled fresh',
  stale_untold_rate: 'Stale and silent about it',
  behind_rate: 'Answers said to be behind',
  refused_rate: 'Questions refused',
  pending_scored: 'Policies scored beside the index',
  wrong_policy_version_rate: 'Wrong policy version',
  entitlement_leak_rate: 'Entitlement leaks',
  cross_tenant_leak: 'Cross-tenant leaks',
  future_leak: 'Records from the future',
  fact_missing_rate: 'Facts missing',
  fact_forbidden_rate: 'Facts that must not be there',
  fresh_rate: 'Answers labelled fresh',
  freshness_ms: 'Freshness at read, ms',
  abstention_auc: 'Answerable or not, AUC',
  abstention_accuracy: 'Answerable or not, accuracy',
  tokens: 'Tokens',
};

const families: Readonly<Record<string, string>> = {
  ndcg: 'nDCG',
  recall: 'Recall',
  mrr: 'MRR',
  p: 'P',
  map: 'MAP',
  success: 'Success',
  judged: 'Judged',
};

/** `ndcg@10` as `nDCG@10`; a name that is not known stays as it is. */
export function metricLabel(name: MetricName): string {
  const [family = '', cut] = name.split('@');
  const word = cut === undefined ? undefined : (families[family] ?? names[family]);
  if (word !== undefined) return `${word}@${cut}`;
  return names[name] ?? families[name] ?? name;
}

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** Three decimals for shares and ranks, fewer as figures grow. */
export function figure(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return grouped.format(value);
  return value.toFixed(size >= 10 ? 1 : 3);
}

/** A value that misses a bound, with as many decimals as it takes to be seen on its side of it. */
export function figureAgainst(value: number, bound: string): string {
  const limit = parseBound(bound)?.value;
  const written = figure(value);
  if (limit === undefined || value === limit || Number(written.replaceAll(',', '')) !== limit) return written;
  const decimals = [4, 5, 6, 7, 8].find((count) => Number(value.toFixed(count)) !== limit);
  return value.toFixed(decimals ?? 9);
}

export function signedFigure(value: number): string {
  const text = figure(Math.abs(value));
  if (Number(text.replaceAll(',', '')) === 0) return `±${text}`;
  return `${value < 0 ? '−' : '+'}${text}`;
}

export function interval(low: number, high: number, write: (value: number) => string = figure): string {
  return `${write(low)} to ${write(high)}`;
}

/** `p` below a thousandth is told as such: a randomization test cannot tell more. */
export function chance(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`;
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped.format(count)} ${count === 1 ? one : many}`;
}

/** Milliseconds as a person would say them. */
export function lasting(ms: number): string {
  if (ms < 1_000) return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  const seconds = ms / 1_000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
