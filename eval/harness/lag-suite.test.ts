/** The suite of lags: each figure worked out from when the records of the demo world arrive, which the suite says. */
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { compareReports } from '../compare/compare.js';
import { comparisonLines } from '../compare/lines.js';
import { comparisonPage } from '../compare/page.js';
import { reportText } from '../report/json.js';
import { reportPage } from '../report/page.js';
import { readReport } from '../report/read.js';
import { terminalLines } from '../report/terminal.js';
import { demoSource } from '../streams/demo-source.js';
import { readAnswersFile } from './answers-file.js';
import { evaluate } from './evaluate.js';
import { inFolder, partsOf } from './run.test-support.js';
import { readSuite } from './suite.js';
import type { Answer, Report } from './types.js';

const path = fileURLToPath(new URL('../suites/lagging.yaml', import.meta.url));

interface Ran {
  readonly report: Report;
  readonly answers: readonly Answer[];
}

function ran(setup: string): Promise<Ran> {
  return inFolder(async (folder) => {
    const suite = readSuite(path, setup);
    const parts = { ...partsOf(demoSource(), folder), suite, setup: suite.setup };
    const evaluated = await evaluate({ ...parts, suitePath: path, startedAt: '2026-11-21T00:00:00.000Z' });
    if (evaluated.kind !== 'done') throw new Error('nobody has ended it');
    return { report: evaluated.report, answers: [...readAnswersFile(`${folder}/answers.ndjson`).answers.values()] };
  });
}

function told({ question, findings, freshness, refused, pending }: Answer) {
  const found = findings.map(({ kind, ref }) => `${kind} ${ref}`);
  return [question, refused?.why ?? freshness.label, freshness.ageMs, found, pending?.scored ?? 0];
}

describe('the suite of lags', () => {
  let now: Ran;
  let late: Ran;
  beforeAll(async () => {
    [now, late] = [await ran('now'), await ran('lagging')];
  }, 60_000);

  it('passes with both of its set-ups, and only the one that lags has anything to forgive', () => {
    expect([now.report.passed, late.report.passed]).toEqual([true, true]);
    expect(now.answers.flatMap(({ findings }) => findings)).toEqual([]);
  });

  it('has the age and the stale items that 30 s and 5 min make of the arrivals, each labelled as what it is', () => {
    const [revoked, moved] = ['entitlement/E-1001', 'ticket/T-1003'];
    const leaked = [`stale_hit ${revoked}`, `entitlement_leak ${revoked}`];
    expect([...late.answers].sort((a, b) => (a.question < b.question ? -1 : 1)).map(told)).toEqual([
      ['entitlement-after-20s', 'stale', 20_000, leaked, 0],
      ['entitlement-after-30s', 'fresh', 0, [], 0],
      ['entitlement-after-3s', 'fresh', 3_000, leaked, 0],
      ['entitlement-before', 'fresh', 0, [], 0],
      ['entitlement-demanding', 'behind', null, [], 0],
      ['policy-after-10s', 'stale', 10_000, ['wrong_policy_version policy/refund-window-business@1'], 0],
      ['policy-after-30s', 'fresh', 0, [], 1],
      ['ticket-after-29s', 'stale', 29_999, [`stale_hit ${moved}`, `cross_tenant_leak ${moved}`], 0],
    ]);
  });

  it('says how many answers were stale, how many of them were called fresh, and that none kept it back', () => {
    const value = (name: string) => late.report.metrics[name]?.value;
    expect(value('stale_answer_rate')).toBeCloseTo(4 / 7);
    expect([value('stale_fresh_rate'), value('stale_untold_rate')]).toEqual([expect.closeTo(1 / 7), 0]);
    expect(value('behind_rate')).toBeCloseTo(4 / 7);
    expect([value('refused_rate'), value('pending_scored')]).toEqual([1 / 8, expect.closeTo(1 / 7)]);
    expect(value('freshness_ms')).toBeCloseTo((3_000 + 20_000 + 29_999 + 10_000) / 7);
  });

  it('shows in a comparison how staleness grows with the lag, over the questions that both answered', () => {
    const { differences, changes } = compareReports(now.report, late.report);
    const stale = differences.find(({ metric }) => metric === 'stale_answer_rate');
    expect([stale?.questions, stale?.other, stale?.ours]).toEqual([7, 0, expect.closeTo(4 / 7)]);
    expect(changes.map(({ id }) => id).sort()).toEqual([
      'entitlement-after-20s',
      'entitlement-after-3s',
      'entitlement-demanding',
      'policy-after-10s',
      'ticket-after-29s',
    ]);
  });

  it('names the lag wherever the set-up is named, and a report that is written and read again has it', async () => {
    const lag = 'state lags 30s, index 5m';
    const comparison = compareReports(now.report, late.report);
    const texts = [terminalLines(late.report), comparisonLines(comparison)].map((lines) =>
      lines.map(({ text }) => text).join('\n'),
    );
    for (const text of [...texts, await reportPage(late.report), await comparisonPage(comparison)])
      expect(text).toContain(lag);
    expect(readReport(reportText(late.report), 'report.json').setup.lag).toEqual({ stateMs: 30_000, indexMs: 300_000 });
    expect('lag' in now.report.setup).toBe(false);
  });

  it('says of a question that was refused that it was, in the report and in a comparison, and not that nothing was there', () => {
    const read = readReport(reportText(late.report), 'report.json');
    const refused = read.questions.flatMap(({ id, refused }) => (refused === undefined ? [] : [[id, refused]]));
    expect(refused).toEqual([['entitlement-demanding', 'behind']]);
    const lines = comparisonLines(compareReports(now.report, late.report)).map(({ text }) => text);
    expect(lines[lines.findIndex((line) => line.startsWith('entitlement-demanding')) + 1]).toBe(
      '  refused by lagging, which was behind',
    );
  });
});
