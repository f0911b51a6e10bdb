/** Whether retrieval knows when nothing answers the question: its confidence against what is known of each. */
import type { Answer, MetricName, Question } from '../harness/types.js';
import { accuracyAt } from './accuracy.js';
import { aucStatistic } from './auc.js';
import { type Metric, meanOver, type Valued } from './metric.js';

export const abstentionNames: readonly string[] = ['abstention_auc', 'abstention_accuracy@threshold'];

const ACCURACY = /^abstention_accuracy@(0|0?\.\d{1,6}|1|1\.0)$/;

export function abstentionMetric(name: MetricName): Metric | undefined {
  if (name === 'abstention_auc') return area;
  const threshold = ACCURACY.exec(name)?.[1];
  return threshold === undefined ? undefined : accuracyFrom(name, Number(threshold));
}

/** One question's value is its confidence; the area is of all of them, and undefined where all are answerable or none is. */
const area: Metric = {
  name: 'abstention_auc',
  describe:
    'chance that an answerable question gets more confidence than an unanswerable one, a tie counting half (ROC AUC)',
  direction: 'higher',
  of: confidenceOf,
  over: (values: readonly Valued[]) =>
    aucStatistic(
      values.map(({ question, value }) => ({ score: value, positive: question.expect.answerable === true })),
    ),
};

function accuracyFrom(name: MetricName, threshold: number): Metric {
  return {
    name,
    describe: `share of the questions whose confidence is at or above ${threshold} exactly when they are answerable`,
    direction: 'higher',
    of: (question, answer) => {
      const score = confidenceOf(question, answer);
      return score === undefined
        ? undefined
        : accuracyAt({ score, positive: question.expect.answerable === true }, threshold);
    },
    over: meanOver,
  };
}

/** Confidence is from 0 to 1. An account that is not there gets nothing at all, which is as good as the least. */
function confidenceOf({ expect }: Question, { confidence }: Answer): number | undefined {
  return expect.answerable === undefined ? undefined : (confidence ?? 0);
}
