import { describe, expect, it } from 'vitest';
import { metricNamed } from '../../metrics/index.js';
import { digestOfSource, entriesOf, folderOf, idsOf, isInOrder } from './adapter.test-support.js';
import { beir } from './beir.js';

const whole = {
  'corpus.jsonl':
    '{"_id":"d1","title":"Refunds","text":"Within 30 days."}\n{"_id":"d2","text":"By post.","metadata":{"n":1}}\n',
  'queries.jsonl': '{"_id":"q1","text":"refund?"}\n{"_id":"q2","text":"post?"}\n{"_id":"q3","text":"nobody judged"}\n',
  'qrels/test.tsv': 'query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\nq2\td2\t1\n',
};

const changed = (more: Readonly<Record<string, string>>) => folderOf({ ...whole, ...more });

describe('a folder in the layout of BEIR', () => {
  it('is a policy per document and a question per judged query, with graded gains', async () => {
    const source = beir(await folderOf(whole));
    const entries = await entriesOf(source);
    expect(idsOf(entries, 'policy')).toEqual(['d1', 'd2']);
    expect(isInOrder(entries)).toBe(true);
    const questions = await source.questions();
    expect(questions.map(({ id, text, mode, at }) => [id, text, mode, at.kind])).toEqual([
      ['q1', 'refund?', 'search', 'end'],
      ['q2', 'post?', 'search', 'end'],
    ]);
    expect([...(questions[0]?.expect.relevant ?? [])]).toEqual([
      ['policy/d1', 2],
      ['policy/d2', 0],
    ]);
    expect(
      metricNamed('judged@10')?.ranked?.of(['policy/d2', 'policy/d1'], questions[0]?.expect.relevant ?? new Map()),
    ).toBe(1);
  });

  it('gives the same entries and questions each time it is read', async () => {
    const folder = await folderOf(whole);
    expect(await digestOfSource(beir(folder))).toBe(await digestOfSource(beir(folder)));
  });

  it('reads files with Windows line ends', async () => {
    const windows = Object.fromEntries(
      Object.entries(whole).map(([name, text]) => [name, text.replaceAll('\n', '\r\n')]),
    );
    expect(await beir(await folderOf(windows)).questions()).toHaveLength(2);
  });
});

describe('one clear line says what is wrong with', () => {
  it.each(Object.keys(whole))('a folder without %s', async (name) => {
    const { [name]: _absent, ...rest } = whole as Record<string, string>;
    const folder = await folderOf(rest);
    expect(() => beir(folder)).toThrow(`${name}: is not in the folder`);
  });

  const document = '{"_id":"d1","text":"a"}';
  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['a line that is no JSON', { 'corpus.jsonl': `${document}\n{"_id":` }, 'corpus.jsonl: line 2 not valid JSON'],
    ['a row without a text', { 'corpus.jsonl': `${document}\n{"_id":"d2"}` }, 'corpus.jsonl: line 2: text:'],
    ['a row without an id', { 'queries.jsonl': '{"text":"a"}' }, 'queries.jsonl: line 1: _id:'],
    ['an id that is there twice', { 'corpus.jsonl': `${document}\n\n${document}` }, 'corpus.jsonl: line 3: the id d1'],
    ['an empty corpus', { 'corpus.jsonl': '' }, 'corpus.jsonl: holds no rows'],
    ['judgements without a header', { 'qrels/test.tsv': 'q1\td1\t1' }, 'qrels/test.tsv: line 1 is not the header'],
    ['no judgements', { 'qrels/test.tsv': 'query-id\tcorpus-id\tscore\n' }, 'judges nothing relevant'],
    ['judgements all of 0', { 'qrels/test.tsv': 'query-id\tcorpus-id\tscore\nq1\td1\t0' }, 'judges nothing relevant'],
    ['a score in words', { 'qrels/test.tsv': 'query-id\tcorpus-id\tscore\nq1\td1\tyes' }, 'line 2: the score'],
    ['spaces for tabs', { 'qrels/test.tsv': 'query-id\tcorpus-id\tscore\nq1 d1 1' }, 'line 2: the score'],
    [
      'an unknown query',
      { 'qrels/test.tsv': 'query-id\tcorpus-id\tscore\nq9\td1\t1' },
      'line 2: no query has the id q9',
    ],
    [
      'an unknown document',
      { 'qrels/test.tsv': 'query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td9\t1' },
      'line 3: no document has the id d9',
    ],
  ])('%s', async (_what, files, line) => {
    const folder = await changed(files);
    expect(() => beir(folder)).toThrow(line);
  });
});
