import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/domain/canonical.js';
import type { Ref } from '../../src/domain/entity.js';
import type { QuestionReport, Report } from '../harness/types.js';
import { madeReport } from '../report/report.test-support.js';
import { compareReports } from './compare.js';
import { refChangesOf } from './contexts.js';
import { comparisonLines } from './lines.js';

const base = madeReport({ questions: 60 });

/** A question that retrieved these, in this order, each with a value by its name and version. */
function asked(names: readonly string[], released: readonly string[] = []): QuestionReport {
  const [first] = base.questions;
  if (first === undefined) throw new Error('the report has questions');
  const item = (name: string, selected: string) => {
    const [id = '', version = '1'] = name.split('#');
    return { ref: `policy/${id}` as Ref, hash: digestOf(`${id} ${version}`), position: 't:0:1', selected };
  };
  const items = [...released.map((name) => item(name, 'account')), ...names.map((name) => item(name, 'retrieved'))];
  const ranking = items
    .filter(({ selected }) => selected === 'retrieved')
    .map(({ ref }, at) => ({ ref, score: 1 - at / 10, lexical: 5, dense: null }));
  return {
    ...first,
    relevant: { 'policy/c': 2 },
    content: digestOf(items.map(({ hash }) => hash).join()),
    ranking,
    items,
  };
}

function changesOf(a: QuestionReport, b: QuestionReport) {
  return refChangesOf(a, b).map(({ ref, kind, valueChanged }) => `${ref} ${kind}${valueChanged ? ' ≠' : ''}`);
}

/** The same run with the metric of some questions raised, and other contexts there. */
function raised(report: Report, by: number, isRaised: (at: number) => boolean): Report {
  const questions = report.questions.map((question, at) => {
    const value = question.metrics['ndcg@10'];
    if (!isRaised(at) || typeof value !== 'number') return question;
    const metrics = { ...question.metrics, 'ndcg@10': value + by };
    return { ...question, metrics, content: digestOf(`other ${at}`) };
  });
  return { ...report, setup: { ...report.setup, name: 'other' }, questions };
}

describe('two contexts of one question', () => {
  it('tell what entered, left, moved and stayed, in the order of the better rank', () => {
    expect(changesOf(asked(['a', 'b', 'c']), asked(['a', 'c', 'd']))).toEqual([
      'policy/a kept',
      'policy/b left',
      'policy/c moved',
      'policy/d entered',
    ]);
  });

  it('tell another value of the same reference apart from the same value', () => {
    expect(changesOf(asked(['a#1', 'b'], ['z#1']), asked(['a#2', 'b'], ['z#2']))).toEqual([
      'policy/z kept ≠',
      'policy/a kept ≠',
      'policy/b kept',
    ]);
  });

  it('tell apart what was retrieved from what is there whatever was asked', () => {
    const [change] = refChangesOf(asked([], ['a']), asked(['a']));
    expect(change).toMatchObject({ kind: 'moved', a: { rank: null, score: null }, b: { rank: 1 } });
  });

  it('have the judgement of each reference', () => {
    expect(refChangesOf(asked(['c']), asked(['c', 'b'])).map(({ gain }) => gain)).toEqual([2, null]);
  });
});

describe('two reports of one suite', () => {
  it('that agree have no changes, and every metric equal', () => {
    const { changed, changes, differences, questions } = compareReports(base, base);
    expect({ changed, changes, questions }).toEqual({ changed: 0, changes: [], questions: 60 });
    expect(differences.map(({ verdict }) => verdict)).not.toContain('better');
    expect(differences.find(({ metric }) => metric === 'ndcg@10')).toMatchObject({
      difference: 0,
      p: 1,
      verdict: 'equal',
    });
  });

  it('tell the second against the first: its gain is better, and a loss the other way round', () => {
    const other = raised(base, 0.2, () => true);
    const [forth, back] = [compareReports(base, other), compareReports(other, base)].map(({ differences }) =>
      differences.find(({ metric }) => metric === 'ndcg@10'),
    );
    expect(forth).toMatchObject({ difference: expect.closeTo(0.2, 9), verdict: 'better' });
    expect(forth?.low).toBeCloseTo(0.2, 9);
    expect(back).toMatchObject({ difference: expect.closeTo(-0.2, 9), verdict: 'worse' });
  });

  it('list exactly the questions with another content', () => {
    const { changes, changed } = compareReports(
      base,
      raised(base, 0.1, (at) => at < 10),
    );
    const expected = base.questions.slice(0, 10).filter(({ metrics }) => typeof metrics['ndcg@10'] === 'number');
    expect(changes.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
    expect(changed).toBe(expected.length);
  });

  it('name the questions that only one was asked', () => {
    const short = { ...base, questions: base.questions.slice(1) };
    expect(compareReports(base, short)).toMatchObject({ onlyInA: [base.questions[0]?.id], onlyInB: [], questions: 59 });
  });

  it('are refused when they are of different suites', () => {
    const other = { ...base, suite: { name: 'other', digest: digestOf('other') } };
    expect(() => compareReports(base, other)).toThrow(/reports are of two suites/);
  });
});

describe('a comparison in a terminal', () => {
  it('has the metrics with their intervals, how many contexts changed, and what of them', () => {
    const lines = comparisonLines(
      compareReports(
        base,
        raised(base, 0.2, (at) => at < 30),
      ),
    ).map(({ text }) => text);
    expect(lines[0]).toBe('Bank support, first half of the year: other against hybrid');
    expect(lines.find((text) => text.startsWith('nDCG@10'))).toMatch(/better$/);
    expect(lines.join('\n')).toMatch(/\d+ of 60 contexts changed/);
    expect(lines.join('\n')).toContain('the same items: the messages around them differ');
    expect(lines.at(-1)).toMatch(/^and \d+ more/);
  });

  it('tell the thresholds of both, that the second did not pass, and a stream that is another one', () => {
    const failing = madeReport({ questions: 60, passed: false });
    const grown = { ...failing, stream: { ...failing.stream, digest: digestOf('grown'), records: 12_841 } };
    const comparison = compareReports(base, { ...grown, setup: { ...grown.setup, name: 'other' } });
    expect([comparison.passed, comparison.thresholds.b]).toEqual([false, failing.thresholds]);
    const text = comparisonLines(comparison)
      .map((line) => line.text)
      .join('\n');
    expect(text).toContain(
      'hybrid: ✓ 2 thresholds met\nother: ✗ 1 of 2 thresholds not met\n  ✗ nDCG@10 >= 0.45: it is 0.412',
    );
    expect(Math.max(...text.split('\n').map((line) => [...line].length))).toBeLessThanOrEqual(100);
    expect(text).toContain('✗ other did not pass: exit code 100');
    expect(text).toContain('the streams are not the same (12840 and 12841 records were played)');
    expect(compareReports(base, base).notices).toEqual([]);
  });
});
