import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryIndex } from '../../connectors/memory/index.js';
import { digestOf } from '../../src/domain/canonical.js';
import type { EntityKey } from '../../src/domain/entity.js';
import { defaultRanking } from '../../src/retrieval/method.js';
import { termsOf } from '../../src/retrieval/passage-terms.js';
import { characterPassages } from '../../src/retrieval/passages.js';
import type { IndexWrite } from '../../src/retrieval/port.js';
import { scoreEntity, weighQuestion } from '../../src/retrieval/scorer.js';
import { statisticsOf } from '../../src/retrieval/statistics.js';
import { countTerms, tokenize } from '../../src/retrieval/tokenizer.js';
import { dataFolder, dataFolderMissing } from '../data.js';
import { binaryJudgements } from '../metrics/judgements.js';
import { meanOf } from '../metrics/mean.js';
import { ndcg } from '../metrics/ndcg.js';
import { recall } from '../metrics/recall.js';
import { PlainBm25 } from './bm25.js';
import { type RetrievalTask, readTauBanking } from './tau-banking.js';

const RANKS = 10;
const folder = dataFolder();

interface Figures {
  readonly recall: number;
  readonly ndcg: number;
}

function figuresOf(task: RetrievalTask, rankings: readonly (readonly string[])[]): Figures {
  const judged = task.questions.map(({ relevant }, i) => [rankings[i] ?? [], binaryJudgements(relevant)] as const);
  return {
    recall: meanOf(judged.map(([ranking, judgements]) => recall(ranking, judgements, RANKS))) ?? 0,
    ndcg: meanOf(judged.map(([ranking, judgements]) => ndcg(ranking, judgements, RANKS))) ?? 0,
  };
}

function plain(task: RetrievalTask): Figures {
  const baseline = new PlainBm25(task.documents.map(({ id, title, body }) => ({ id, text: `${title} ${body}` })));
  return figuresOf(
    task,
    task.questions.map(({ text }) => baseline.rank(text, RANKS)),
  );
}

function writesOf(task: RetrievalTask): IndexWrite[] {
  return task.documents.map(({ id, title, body }) => {
    const key: EntityKey = { tenant: 'bank', kind: 'policy', id };
    const passages = characterPassages.passagesOf(key, { title, body });
    return { key, entityHash: digestOf(`${title}\n${body}`), revision: 1, passages, vectors: [] };
  });
}

async function indexRankings(task: RetrievalTask): Promise<string[][]> {
  const index = new MemoryIndex('test');
  const writes = writesOf(task);
  await index.apply(writes);
  const statistics = statisticsOf(writes.flatMap(({ passages }) => passages));
  const scope = { tenant: 'bank', kind: 'policy' } as const;
  const searches = task.questions.map(({ text }) => {
    const question = weighQuestion({ counts: countTerms(tokenize(text)), vector: null }, statistics, defaultRanking);
    return index.search({ scope, question, limit: RANKS });
  });
  return (await Promise.all(searches)).map(({ hits }) => hits.map((hit) => hit.key.id));
}

function scorerRankings(task: RetrievalTask): string[][] {
  const writes = writesOf(task);
  const statistics = statisticsOf(writes.flatMap(({ passages }) => passages));
  const entities = writes.map(({ key, passages }) => ({
    id: key.id,
    passages: passages.map((passage) => ({ terms: termsOf(passage), vector: null })),
  }));
  return task.questions.map(({ text }) => {
    const weighed = weighQuestion({ counts: countTerms(tokenize(text)), vector: null }, statistics, defaultRanking);
    const scored = entities.map(({ id, passages }) => ({ id, score: scoreEntity(weighed, passages).score }));
    scored.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
    return scored.slice(0, RANKS).map(({ id }) => id);
  });
}

describe('retrieval on tau_banking', () => {
  beforeEach(({ skip }) => skip(folder === undefined, dataFolderMissing));
  const task = folder === undefined ? { documents: [], questions: [] } : readTauBanking(folder);

  it('has the plain BM25 where the published figures have it', () => {
    const { recall, ndcg } = plain(task);
    expect([task.documents.length, task.questions.length]).toEqual([698, 27]);
    expect([recall, ndcg].map((figure) => figure.toFixed(3))).toEqual(['0.190', '0.147']);
  });

  it('finds more than plain BM25, and ranks it better', async ({ annotate }) => {
    const [ours, theirs] = [figuresOf(task, await indexRankings(task)), plain(task)];
    const line = ({ recall, ndcg }: Figures): string => `R@10 ${recall.toFixed(3)} nDCG@10 ${ndcg.toFixed(3)}`;
    await annotate(`tau_banking, whole scenarios: ours ${line(ours)}; plain BM25 ${line(theirs)}`);
    expect(ours.recall).toBeGreaterThanOrEqual(theirs.recall);
    expect(ours.ndcg).toBeGreaterThanOrEqual(theirs.ndcg);
  });

  it('gets the order of the shared scorer from the memory index', async () => {
    expect(await indexRankings(task)).toEqual(scorerRankings(task));
  });
});
