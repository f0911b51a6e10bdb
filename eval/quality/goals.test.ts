import { describe, expect, it } from 'vitest';
import type { Comparison, Difference, Report } from '../harness/types.js';
import { plainBm25 } from '../report/build.js';
import { madeReport } from '../report/report.test-support.js';
import { denseAlone, type GoalResult, goalResults, type Measured } from './goals.js';

function difference(metric: string, ours: number, other: number, verdict: Difference['verdict']): Difference {
  return { metric, ours, other, difference: ours - other, low: -0.01, high: 0.02, p: 0.5, questions: 9, verdict };
}

function reportOf(metrics: Readonly<Record<string, number>>, comparisons: readonly Comparison[]): Report {
  const values = Object.entries(metrics).map(([name, value]) => [name, { value, low: value, high: value }] as const);
  return { ...madeReport({ questions: 1 }), metrics: Object.fromEntries(values) as Report['metrics'], comparisons };
}

function lexical(set: string, ours: number, verdict: Difference['verdict']): Measured {
  const differences = [difference('ndcg@10', ours, 0.5, verdict)];
  return { set, setup: 'lexical', report: reportOf({}, [{ against: plainBm25, differences }]) };
}

function goal(measured: readonly Measured[], set: string, what: string): GoalResult | undefined {
  return goalResults(measured).find((one) => one.set === set && one.what === what);
}

describe('the goals', () => {
  it('are all named where nothing was run, each as not run', () => {
    const goals = goalResults([]);
    expect(goals).toHaveLength(13);
    for (const { outcome, value, isStretched } of goals)
      expect([outcome, value, isStretched]).toEqual(['not run', null, false]);
  });

  it('are met at their bound, missed below it, and missed where the metric has no value', () => {
    const of = (metrics: Readonly<Record<string, number>>): readonly Measured[] => {
      return [{ set: 'mtrag-un', setup: 'minilm', report: reportOf(metrics, []) }];
    };
    expect(goal(of({ 'recall@10': 0.9 }), 'mtrag-un', 'recall@10')).toMatchObject({
      outcome: 'met',
      isStretched: false,
    });
    expect(goal(of({ 'recall@10': 0.93 }), 'mtrag-un', 'recall@10')).toMatchObject({
      outcome: 'met',
      isStretched: true,
    });
    expect(goal(of({ 'recall@10': 0.899 }), 'mtrag-un', 'recall@10')?.outcome).toBe('missed');
    expect(goal(of({}), 'mtrag-un', 'abstention_auc')).toMatchObject({ outcome: 'missed', value: null });
  });

  it.each([
    ['equal', 0.8, 0.7, 'met'],
    ['worse', 0.9, 0.7, 'missed'],
    ['worse', 0.7, 0.8, 'met'],
  ] as const)(
    'hold ours against the better single retriever: %s than the model at %d, plain BM25 at %d: %s',
    (verdict, model, plain, outcome) => {
      const compared = (against: string, other: number, is: Difference['verdict']) => {
        return { against, differences: [difference('success@1', 0.85, other, is)] };
      };
      const comparisons = [compared(denseAlone, model, verdict), compared(plainBm25, plain, 'equal')];
      const measured: Measured = {
        set: 'banking77',
        setup: 'minilm',
        report: reportOf({ 'success@1': 0.85 }, comparisons),
      };
      const found = goal([measured], 'banking77', 'success@1');
      expect(found?.outcome).toBe(outcome);
      expect(found?.ship).toContain(Math.max(model, plain).toFixed(3));
    },
  );

  it('are not met against one of two single retrievers while the other was not run', () => {
    const comparisons = [{ against: plainBm25, differences: [difference('success@1', 0.9, 0.5, 'better')] }];
    const measured: Measured = {
      set: 'banking77',
      setup: 'minilm',
      report: reportOf({ 'success@1': 0.9 }, comparisons),
    };
    expect(goal([measured], 'banking77', 'success@1')).toMatchObject({ outcome: 'not run', value: 0.9 });
  });

  it('by words are a ratio on each set, and better on two sets is open until enough of them were run', () => {
    const what = 'sets on which lexical is better';
    const [tau, mtrag, b77] = [
      lexical('tau-banking', 0.6, 'better'),
      lexical('mtrag-un-last-turns', 0.5, 'equal'),
      lexical('banking77', 0.49, 'worse'),
    ];
    expect(goal([mtrag], 'mtrag-un-last-turns', 'lexical ÷ plain BM25, ndcg@10')).toMatchObject({
      value: 1,
      outcome: 'met',
    });
    expect(goal([b77], 'banking77', 'lexical ÷ plain BM25, ndcg@10')?.outcome).toBe('missed');
    expect(goal([tau, mtrag], 'all', what)).toMatchObject({ value: 1, outcome: 'not run' });
    expect(goal([tau, mtrag, b77], 'all', what)).toMatchObject({ value: 1, outcome: 'missed' });
    expect(goal([tau, lexical('mtrag-un-last-turns', 0.6, 'better')], 'all', what)).toMatchObject({
      value: 2,
      outcome: 'met',
    });
  });
});
