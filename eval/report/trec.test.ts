import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beirQrelsText, qrelsText, readBeirQrels, readQrels, readRun, runText } from './trec.js';

const id = fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('policy/P 1', '%41', 'a\tb', 'naïve\u00a0id', '返金'));
const run = fc
  .array(fc.tuple(id, fc.uniqueArray(id, { minLength: 1, maxLength: 5 })), { maxLength: 4 })
  .map((questions) => new Map(questions));
const judgements = fc.array(fc.tuple(id, fc.integer({ min: -2, max: 3 })), { minLength: 1, maxLength: 5 });
const qrels = fc
  .array(fc.tuple(id, judgements), { maxLength: 4 })
  .map((questions) => new Map(questions.map(([question, judged]) => [question, new Map(judged)])));

describe('TREC files', () => {
  it('give back any run in its order, whatever its ids', () => {
    fc.assert(
      fc.property(run, (rankings) => {
        expect(readRun(runText(rankings, 'our tag'))).toEqual(rankings);
      }),
    );
  });

  it('give back any judgements', () => {
    fc.assert(
      fc.property(qrels, (judged) => {
        expect(readQrels(qrelsText(judged))).toEqual(judged);
      }),
    );
  });

  it('are what trec_eval reads', () => {
    const ranking = ['policy/P 1', 'policy/P-2'];
    expect(runText(new Map([['q1', ranking]]), 'ours')).toBe(
      'q1 Q0 policy/P%201 1 2 ours\nq1 Q0 policy/P-2 2 1 ours\n',
    );
    expect(qrelsText(new Map([['q1', new Map([['policy/P 1', 2]])]]))).toBe('q1 0 policy/P%201 2\n');
  });

  it('are ordered by score and then by descending id, not by rank or line', () => {
    expect(readRun('q Q0 a 1 0.5 t\nq Q0 c 3 0.5 t\nq Q0 b 2 7e0 t\n')).toEqual(new Map([['q', ['b', 'c', 'a']]]));
  });

  it('are refused with the line that is odd', () => {
    expect(() => readRun('q Q0 a 1 0.5 t\nq Q0 a 1\n')).toThrow('a TREC run with line 2 has 4 columns and not 6');
    expect(() => readQrels('q 0 a many\n')).toThrow('TREC qrels with a gain that is no number: many');
    expect(() => readRun('q Q0 a 1 high t\n')).toThrow('a score that is no number: high');
  });
});

describe('qrels of BEIR', () => {
  it('give back judgements, ids with spaces as they are', () => {
    const judged = new Map([['q 1', new Map([['d 1', 1]])]]);
    expect(beirQrelsText(judged)).toBe('query-id\tcorpus-id\tscore\nq 1\td 1\t1\n');
    expect(readBeirQrels(beirQrelsText(judged))).toEqual(judged);
  });

  it('are refused without their header, with a missing column, and for an id that would be two', () => {
    expect(() => readBeirQrels('q\td\t1\n')).toThrow('BEIR qrels with no header');
    expect(() => readBeirQrels('query-id\tcorpus-id\tscore\nq\td\n')).toThrow('line 2 has not three columns');
    expect(() => beirQrelsText(new Map([['q\t1', new Map([['d', 1]])]]))).toThrow('an id with a tab');
  });
});
