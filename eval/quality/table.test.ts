import { describe, expect, it } from 'vitest';
import { madeReport } from '../report/report.test-support.js';
import type { GoalResult } from './goals.js';
import { goalLines, measuredLines } from './table.js';

const goal: GoalResult = {
  set: 'mtrag-un',
  what: 'recall@10',
  value: 0.912,
  ship: '≥ 0.90',
  outcome: 'met',
  stretch: '0.93',
  isStretched: false,
};

describe('what is told of a measurement', () => {
  it('says of each goal whether it is met, missed or was not run', () => {
    const lines = goalLines([
      goal,
      { ...goal, outcome: 'missed', value: 0.8 },
      { ...goal, outcome: 'not run', value: null },
    ]);
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ['set', 'goal', 'value', 'ship', 'stretch'],
      ['mtrag-un', 'recall@10', '0.912', '≥ 0.90', 'met', '0.93', 'not yet'],
      ['mtrag-un', 'recall@10', '0.800', '≥ 0.90', 'MISSED', '0.93', 'not yet'],
      ['mtrag-un', 'recall@10', 'none', '≥ 0.90', 'not run', '0.93'],
    ]);
  });

  it('has a line for each metric and one for each that it is compared with, in columns', () => {
    const report = madeReport({ questions: 3 });
    const lines = measuredLines([{ set: 'demo', setup: 'lexical', report }]);
    const compared = Object.keys(report.metrics).map((metric) => {
      const found = report.comparisons.filter(({ differences }) => differences.some((one) => one.metric === metric));
      return Math.max(1, found.length);
    });
    expect(lines).toHaveLength(1 + compared.reduce((sum, count) => sum + count, 0));
    const [head = '', ...rows] = lines;
    const at = head.indexOf('metric');
    for (const row of rows) expect(row.slice(at - 2, at)).toBe('  ');
    for (const metric of Object.keys(report.metrics))
      expect(rows.some((row) => row.slice(at).startsWith(metric))).toBe(true);
  });
});
