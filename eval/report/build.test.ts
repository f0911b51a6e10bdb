import { describe, expect, it } from 'vitest';
import { answerOf, questionOf, ranked, reportParts } from './answers.test-support.js';
import { baselineOf, baselineText, readBaseline } from './baseline.js';
import { buildReport, plainBm25, type ReportParts } from './build.js';
import { junitText } from './junit.js';

const refs = Array.from({ length: 10 }, (_, at) => `policy/P-${at}` as const);

/** `rank` of the one relevant document in our ranking; plain BM25 always has it last. */
function parts(ranks: readonly number[], more: Partial<ReportParts> = {}): ReportParts {
  const last = refs.at(-1) ?? 'policy/P-9';
  const rest = refs.slice(0, -1);
  const questions = ranks.map((_, at) => questionOf(`q-${at}`, { relevant: new Map([[last, 1]]) }));
  const answers = ranks.map((rank, at) => {
    return answerOf(`q-${at}`, {
      ranking: ranked(...rest.slice(0, rank - 1), last, ...rest.slice(rank - 1)),
      plain: refs,
    });
  });
  return { ...reportParts, questions, answers, ...more };
}

const differenceTo = (made: ReportParts, against: string) =>
  buildReport(made).comparisons.find((one) => one.against === against)?.differences[0];

const often = (ranks: readonly number[]) => Array.from({ length: 20 }, (_, at) => ranks[at % ranks.length] ?? 1);

describe('a report', () => {
  it('tells each metric with its interval, its questions and what nobody judged', () => {
    const { metrics } = buildReport(parts([1, 2]));
    expect(metrics['ndcg@10']).toMatchObject({ questions: 2, unjudged: 18, high: 1 });
    expect(metrics['ndcg@10']?.value).toBeCloseTo((1 + 1 / Math.log2(3)) / 2, 12);
    expect(metrics['recall@10']).toEqual({ value: 1, low: 1, high: 1, questions: 2, unjudged: 18 });
  });

  it('does not depend on the order of the answers', () => {
    const made = parts([3, 1, 2]);
    expect(buildReport({ ...made, answers: [...made.answers].reverse() })).toEqual({
      ...buildReport(made),
      times: expect.anything(),
    });
  });

  it('leaves out a metric that no question has a value for, and fails its threshold', () => {
    const made = buildReport(parts([1], { thresholds: { abstention_auc: '>= 0.7' } }));
    expect(made.metrics.abstention_auc).toBeUndefined();
    expect(made.questions[0]?.metrics.abstention_auc).toBeNull();
    expect(made.thresholds).toEqual([{ metric: 'abstention_auc', bound: '>= 0.7', value: null, met: false }]);
    expect(made.passed).toBe(false);
  });

  it('passes when every bound holds, at the bound itself too', () => {
    expect(buildReport(parts([1], { thresholds: { 'recall@10': '>= 1', tokens: '<= 900' } })).passed).toBe(true);
    expect(buildReport(parts([1], { thresholds: { 'recall@10': '> 1' } })).passed).toBe(false);
  });

  it('fails on what was found unless a threshold allows it, in the exit code and for build servers alike', () => {
    const found = { kind: 'future_record', ref: null, detail: 'of tomorrow' } as const;
    const made = parts([1, 2]);
    const answers = made.answers.map((answer, at) => {
      const item = { ref: 'policy/P-9', hash: 'sha256-0', position: 'p:0:1', selected: 'policy' } as const;
      return { ...answer, items: [item], findings: at === 0 ? [found] : [] };
    });
    const cases = [
      [{}, false, 1],
      [{ future_leak: '<= 0.5' }, true, 0],
      [{ future_leak: '<= 0' }, false, 2],
    ] as const;
    for (const [thresholds, passed, failures] of cases) {
      const report = buildReport({ ...made, answers, thresholds: { ...thresholds } });
      expect([report.passed, junitText(report).match(/<failure /g)?.length ?? 0]).toEqual([passed, failures]);
    }
  });

  it('refuses a question without an answer', () => {
    expect(() => buildReport({ ...parts([1, 2]), answers: [] })).toThrow('every question of a report has its answer');
  });
});

describe('a comparison', () => {
  it('with plain BM25 says better where the whole interval lies above 0', () => {
    expect(differenceTo(parts(often([1, 2, 3])), plainBm25)).toMatchObject({ verdict: 'better', questions: 20 });
  });

  it('says equal where the interval holds 0, and p is then not small', () => {
    expect(differenceTo(parts(often([10])), plainBm25)).toMatchObject({ verdict: 'equal', difference: 0, p: 1 });
  });

  it('with a baseline says worse, and for what is better when lower the other way round', () => {
    const metrics = ['ndcg@10', 'tokens'];
    const baseline = baselineOf(buildReport(parts(often([1, 2]), { metrics })), 'last week');
    const now = parts(often([4, 5]), { metrics, baselines: [baseline] });
    const fewer = now.answers.map((answer, at) => ({ ...answer, tokens: 700 + at }));
    const [, against] = buildReport({ ...now, answers: fewer }).comparisons;
    expect(against?.against).toBe('last week');
    expect(against?.differences.map(({ metric, verdict }) => [metric, verdict])).toEqual([
      ['ndcg@10', 'worse'],
      ['tokens', 'better'],
    ]);
  });

  it('with the baseline of the same run, written and read again, says equal of every metric', () => {
    const made = parts(
      Array.from({ length: 30 }, (_, at) => (at % 3) + 1),
      { metrics: ['ndcg@10', 'mrr@10', 'map'] },
    );
    const baseline = readBaseline(baselineText(baselineOf(buildReport(made), 'itself')), 'itself.json');
    const [, against] = buildReport({ ...made, baselines: [baseline] }).comparisons;
    expect(against?.differences.map(({ difference, p, verdict }) => [difference, p, verdict])).toEqual(
      Array(3).fill([0, 1, 'equal']),
    );
  });

  it('tells a small difference that every question has, though questions differ by far more', () => {
    const baseline = baselineOf(buildReport(parts(often([3, 10]))), 'last week');
    const now = parts(often([2, 9]), { baselines: [baseline] });
    expect(differenceTo(now, 'last week')).toMatchObject({ verdict: 'better' });
  });

  it('is over the questions that both have', () => {
    const { questions, ...rest } = baselineOf(buildReport(parts(often([1]))), 'last week');
    const baseline = { ...rest, questions: { 'q-3': questions['q-3'] ?? {}, gone: { 'ndcg@10': 1 } } };
    expect(differenceTo(parts(often([2]), { baselines: [baseline] }), 'last week')?.questions).toBe(1);
  });

  it('with a baseline of another version of the suite says how many questions are the same', () => {
    const former = baselineOf(buildReport(parts([1, 2])), 'last week');
    const baseline = { ...former, suite: { ...former.suite, digest: 'sha256-other' } };
    expect(buildReport(parts([1, 2, 3], { baselines: [baseline] })).stream.notices).toEqual([
      'last week is of another version of the suite: 2 of 3 questions have its ids',
    ]);
    expect(buildReport(parts([1, 2], { baselines: [former] })).stream.notices).toEqual([]);
  });

  it('of the area under the curve takes labels from the suite and confidences from both', () => {
    const questions = [true, true, false, false].map((answerable, at) => questionOf(`q-${at}`, { answerable }));
    const of = (confidences: readonly number[]) =>
      questions.map(({ id }, at) => answerOf(id, { confidence: confidences[at] ?? null }));
    const made = { ...reportParts, metrics: ['abstention_auc'], questions };
    const baseline = baselineOf(buildReport({ ...made, answers: of([0.1, 0.2, 0.8, 0.9]) }), 'blind');
    const difference = differenceTo({ ...made, answers: of([0.9, 0.8, 0.1, 0.2]), baselines: [baseline] }, 'blind');
    expect(difference).toMatchObject({ ours: 1, other: 0, verdict: 'better' });
  });
});
