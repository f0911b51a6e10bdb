import { describe, expect, it } from 'vitest';
import { madeReport } from '../report/report.test-support.js';
import { smallBaseline } from './measure.js';

describe('a committed baseline', () => {
  it('has what is measured of rankings, and of very many questions the first of it', () => {
    const of = (questions: number, metrics: readonly string[]) => {
      const { questions: kept } = smallBaseline(madeReport({ questions }), metrics, 'committed');
      return new Set(Object.values(kept).flatMap((values) => Object.keys(values)));
    };
    expect(of(20, ['ndcg@10', 'recall@10'])).toEqual(new Set(['ndcg@10', 'recall@10']));
    expect(of(1_001, ['ndcg@10', 'recall@10'])).toEqual(new Set(['ndcg@10']));
    expect(of(20, ['no_such_metric'])).toEqual(new Set());
  });
});
