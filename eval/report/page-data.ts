/** What the page's own script needs of a report: everything but what the page says without it. */
import type { Report } from '../harness/types.js';
import { metricNamed } from '../metrics/index.js';
import { metricLabel } from './metric-text.js';

export function pageData({ metrics, comparisons, questions, times, setup }: Report) {
  return {
    setup: setup.name,
    metrics: metricsOf(Object.keys(metrics)),
    others: comparisons.map(({ against }) => against),
    questions: questions.map(({ items, ...question }) => ({
      ...question,
      released: items.length,
      latencyMs: times.questions[question.id] ?? null,
    })),
  };
}

/** `higher`: whether more is better. */
export function metricsOf(names: readonly string[]) {
  return names.map((name) => ({
    name,
    label: metricLabel(name),
    higher: metricNamed(name)?.direction !== 'lower',
  }));
}

export type PageData = ReturnType<typeof pageData>;
