import { describe, expect, it } from 'vitest';
import { PlainBm25 } from '../../baselines/bm25.js';
import { dataFolder, dataFolderMissing } from '../../data.js';
import { meanOf } from '../../metrics/mean.js';
import { ndcg } from '../../metrics/ndcg.js';
import { recall } from '../../metrics/recall.js';
import type { StreamSource } from '../source.js';
import { digestOfSource, entriesOf, folderOf, idsOf, isInOrder } from './adapter.test-support.js';
import { banking77 } from './banking77.js';
import { mtragUn, mtragUnLastTurns } from './mtrag-un.js';
import { tauScenarios } from './tau-scenarios.js';

const folder = dataFolder() ?? '';
const withData = folder === '' ? describe.skip : describe;
const titled = (what: string) => (folder === '' ? `${what} (skipped: ${dataFolderMissing})` : what);

/** Plain BM25 over title and body of everything of the kind that arrives. */
async function plainOver(source: StreamSource, kind: string): Promise<PlainBm25> {
  const documents = (await entriesOf(source)).flatMap((entry) => {
    if (!('event' in entry) || entry.topicKind !== kind) return [];
    const { title = '', body } = entry.event.data as { title?: string; body: string };
    return [{ id: `${kind}/${entry.event.subject}`, text: `${title} ${body}` }];
  });
  return new PlainBm25(documents);
}

async function figures(source: StreamSource): Promise<readonly string[]> {
  const plain = await plainOver(source, 'policy');
  const judged = (await source.questions()).flatMap(({ text, expect: { relevant } }) =>
    relevant === undefined ? [] : [[plain.rank(text, 10), relevant] as const],
  );
  const mean = (of: (ranking: readonly string[], relevant: ReadonlyMap<string, number>) => number | undefined) =>
    (meanOf(judged.map(([ranking, relevant]) => of(ranking, relevant))) ?? 0).toFixed(3);
  const recallAt = (k: number) => mean((ranking, relevant) => recall(ranking, relevant, k));
  return [recallAt(5), recallAt(10), mean((ranking, relevant) => ndcg(ranking, relevant, 10))];
}

withData(titled('mtrag_un'), () => {
  const source = () => mtragUn(folder);

  it('has 1,152 passages, and 507 questions that each end a conversation', async () => {
    const entries = await entriesOf(source());
    expect([entries.length, new Set(idsOf(entries, 'policy')).size, isInOrder(entries)]).toEqual([1_152, 1_152, true]);
    const questions = await source().questions();
    expect([questions.length, new Set(questions.map(({ id }) => id)).size]).toEqual([507, 507]);
    expect(questions.every(({ history }) => history.length % 2 === 0)).toBe(true);
    expect(questions.filter(({ history }) => history.length > 0).length).toBe(465);
  });

  it('judges 377 rankings, and abstention on 332 answerable and 97 unanswerable questions', async () => {
    const expects = (await source().questions()).map((question) => question.expect);
    expect(expects.filter(({ relevant }) => relevant !== undefined)).toHaveLength(377);
    const judged = (answerable: boolean | undefined) => expects.filter((one) => one.answerable === answerable).length;
    expect([judged(true), judged(false), judged(undefined)]).toEqual([332, 97, 78]);
  });

  it('asks the last turns alone where that is wanted, and nothing else is different', async () => {
    const [last, whole] = [await mtragUnLastTurns(folder).questions(), await source().questions()];
    expect(last).toEqual(whole.map((question) => ({ ...question, history: [] })));
    expect(await entriesOf(mtragUnLastTurns(folder))).toEqual(await entriesOf(source()));
  });

  it('has the plain BM25 where the published figures have it', async () => {
    expect(await figures(source())).toEqual(['0.701', '0.774', '0.733']);
  });

  it('is the same each time', async () => {
    expect(await digestOfSource(source())).toBe(await digestOfSource(source()));
  });
});

withData(titled('tau_banking'), () => {
  it('has 27 questions, each with documents that arrive, and the published plain BM25', async () => {
    const source = tauScenarios(folder);
    const policies = new Set(idsOf(await entriesOf(source), 'policy').map((id) => `policy/${id}`));
    const questions = await source.questions();
    expect([policies.size, questions.length]).toEqual([698, 27]);
    for (const { expect: judged } of questions) {
      expect([...(judged.relevant ?? new Map()).keys()].every((ref) => policies.has(ref))).toBe(true);
    }
    expect((await figures(source)).slice(1)).toEqual(['0.190', '0.147']);
    expect(await digestOfSource(source)).toBe(await digestOfSource(tauScenarios(folder)));
  });
});

withData(titled('banking77'), () => {
  it('has 10,003 tickets over ninety days and 3,080 questions about 77 intents, the same each time', async () => {
    const entries = await entriesOf(banking77(folder));
    expect([idsOf(entries, 'ticket').length, idsOf(entries, 'account').length]).toEqual([10_003, 1]);
    expect(isInOrder(entries)).toBe(true);
    const days = ((entries.at(-1)?.at ?? 0) - (entries[0]?.at ?? 0)) / 86_400_000;
    expect([days > 89, days <= 90]).toEqual([true, true]);
    const questions = await banking77(folder).questions();
    expect(questions).toHaveLength(3_080);
    expect(new Set(questions.map(({ expect: { relevant } }) => relevant)).size).toBe(77);
    expect(await digestOfSource(banking77(folder))).toBe(await digestOfSource(banking77(folder)));
  });

  it('tells nothing of the intent in a ticket', async () => {
    const [, first] = await entriesOf(banking77(folder));
    expect(first !== undefined && 'event' in first && Object.keys(Object(first.event.data)).sort()).toEqual([
      'accountId',
      'body',
      'id',
      'status',
      'updatedAt',
    ]);
  });
});

describe('one clear line says what is wrong with', () => {
  const task = '{"task_id":"t","contexts":[],"input":[],"answerability":["ANSWERABLE"]}';
  it.each<[string, (folder: string) => StreamSource, Readonly<Record<string, string>>, string]>([
    ['mtrag_un without its file', mtragUn, {}, 'mtrag_un/reference.jsonl: is not in the folder'],
    ['a task without a question', mtragUn, { 'mtrag_un/reference.jsonl': task }, 'line 1: input:'],
    ['banking77 without its files', banking77, {}, 'banking77/banking_data/train.csv: is not in the folder'],
    [
      'an intent that no ticket has',
      banking77,
      {
        'banking77/banking_data/train.csv': 'text,category\nhi,a\n',
        'banking77/banking_data/test.csv': 'text,category\nhi,b\n',
      },
      'test-00001 has an intent that no ticket has',
    ],
    ['the bank without documents', tauScenarios, {}, 'tau_banking/documents.jsonl: is not in the folder'],
    [
      'the bank without tasks',
      tauScenarios,
      { 'tau_banking/documents.jsonl': '{"id":"d"}' },
      'tau_banking/tasks: is not',
    ],
    [
      'a task that requires what is not there',
      tauScenarios,
      {
        'tau_banking/documents.jsonl': '{"id":"d"}',
        'tau_banking/tasks/t.json': '{"id":"t","user_scenario":{"instructions":"i"},\n"required_documents":["x"]}',
      },
      'requires the document x',
    ],
  ])('%s', async (_what, open, files, line) => {
    const of = await folderOf(files);
    expect(() => open(of)).toThrow(line);
  });
});
