/** What the page's own script needs of a report: everything but what the page says without it. */
import type { Report } from '../harness/types.js';

export function pageData({ metrics, comparisons, questions, times, setup }: Report) {
  return {
    setup: setup.name,
    metrics: Object.keys(metrics),
    others: comparisons.map(({ against }) => against),
    questions: questions.map(({ items, ...question }) => ({
      ...question,
      released: items.length,
      latencyMs: times.questions[question.id] ?? null,
    })),
  };
}

export type PageData = ReturnType<typeof pageData>;
