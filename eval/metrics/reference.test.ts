/** The figures are those of a reference implementation; `reference/README.md` says which, and how they were made. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readQrels, readRun } from '../report/trec.js';
import { rankedMetric } from './ranked.js';

type Figures = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>>;

const read = (name: string) => readFileSync(new URL(`reference/${name}`, import.meta.url), 'utf8');
const figures = JSON.parse(read('figures.json')) as Figures;

/** `ndcg_cut_10` is `ndcg@10` here. */
const names: Readonly<Record<string, string>> = { P: 'p', recip_rank: 'mrr', ndcg_cut: 'ndcg', map_cut: 'map' };

function ourName(theirs: string): string {
  const [, family = '', cut] = /^(.*?)(?:_(\d+))?$/.exec(theirs) ?? [];
  return [names[family] ?? family, cut].filter((part) => part !== undefined).join('@');
}

describe.each(Object.entries(figures))('on the run "%s", every metric', (name, ofQuestions) => {
  const [run, qrels] = [readRun(read(`${name}.run`)), readQrels(read(`${name}.qrels`))];
  const cases = Object.entries(ofQuestions).flatMap(([question, values]) =>
    Object.entries(values).map(([measure, value]) => ({ question, measure, value })),
  );

  it('has the value that trec_eval gives it, to 1e-6', () => {
    const judged = cases.filter(({ question }) => question !== 'Q-7');
    expect(judged.length).toBe(7 * 16);
    for (const { question, measure, value } of judged) {
      const metric = rankedMetric(ourName(measure))?.ranked;
      const ours = metric?.of(run.get(question) ?? [], qrels.get(question) ?? new Map());
      expect(Math.abs((ours ?? Number.NaN) - value), `${measure} of ${question}`).toBeLessThan(1e-6);
    }
  });

  it('has no value where nothing is relevant, and trec_eval gives it 0', () => {
    for (const { measure, value } of cases.filter(({ question }) => question === 'Q-7')) {
      expect(value).toBe(0);
      expect(rankedMetric(ourName(measure))?.ranked?.of(run.get('Q-7') ?? [], qrels.get('Q-7') ?? new Map())).toBe(
        undefined,
      );
    }
  });
});

it('one of the runs has ties that decide a value', () => {
  const lines = read('ties.run')
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  const scores = lines.map(([question, , , , score]) => `${question} ${score}`);
  expect(new Set(scores).size).toBeLessThan(scores.length / 2);
  const asWritten = new Map<string, string[]>();
  for (const [question = '', , document = ''] of lines)
    asWritten.set(question, [...(asWritten.get(question) ?? []), document]);
  expect([...readRun(read('ties.run'))]).not.toEqual([...asWritten]);
});
