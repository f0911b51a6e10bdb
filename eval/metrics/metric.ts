/** What a metric is: a number for each question, and what those of many come to. */
import type { Answer, MetricName, Question } from '../harness/types.js';
import type { Judgements, Ranking } from './judgements.js';
import { meanStatistic, type Statistic } from './statistic.js';

export interface Valued {
  readonly question: Question;
  readonly value: number;
}

export interface Metric {
  readonly name: MetricName;
  /** One sentence: what it is, and by which definition. */
  readonly describe: string;
  /** Which is better. */
  readonly direction: 'higher' | 'lower';
  /** One question's; undefined where it is not judged by this. */
  readonly of: (question: Question, answer: Answer) => number | undefined;
  /** What those of several questions come to: mostly their mean. */
  readonly over: (values: readonly Valued[]) => Statistic;
  /** Of metrics of a ranking alone, so that another's ranking can be judged by the same. */
  readonly ranked?: {
    readonly of: (ranking: Ranking, judgements: Judgements) => number | undefined;
    /** Ranks that it looks at. */
    readonly cut: number;
  };
}

export function meanOver(values: readonly Valued[]): Statistic {
  return meanStatistic(values.map(({ value }) => value));
}
