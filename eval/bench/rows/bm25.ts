/** Our BM25 over 100,000 passages, six words asked, ten wanted. It reports only while its ten are those of a plain reference. */

import { MemoryIndex } from '../../../connectors/memory/index.js';
import { defaultRanking } from '../../../src/retrieval/method.js';
import { weighQuestion } from '../../../src/retrieval/scorer.js';
import { countTerms, tokenize } from '../../../src/retrieval/tokenizer.js';
import { PlainBm25 } from '../../baselines/bm25.js';
import { type BenchPassage, benchPassages, benchQuestions, benchStatistics, indexWriteOf } from '../corpus.js';
import { answersPerSecond, type Opened } from '../harness.js';

const PASSAGES = 100_000;
const QUESTIONS = 30;
export const WANTED = 10;

type Search = (question: string) => Promise<readonly string[]> | readonly string[];

/** Both sides answer the same questions; `other` gets the passages to index. */
export async function openBm25(other: (passages: readonly BenchPassage[]) => Search): Promise<Opened> {
  const passages = benchPassages(PASSAGES);
  const questions = benchQuestions(QUESTIONS);
  const own = await ownSearch(passages);
  await assertRanksAsReference(own, passages, questions);
  const theirs = other(passages);
  return {
    ours: answersPerSecond(own, questions),
    baseline: answersPerSecond(theirs, questions),
    note: () => `the first ${WANTED} are those of the reference for each of ${QUESTIONS} questions`,
    close: async () => undefined,
  };
}

/** Words are cut and weighed within what is measured, as in a request. */
async function ownSearch(passages: readonly BenchPassage[]): Promise<Search> {
  const index = new MemoryIndex('bench');
  for (const passage of passages) await index.apply([indexWriteOf('bench', passage)]);
  const statistics = benchStatistics(passages);
  const scope = { tenant: 'bench', kind: 'policy' } as const;
  return async (text) => {
    const question = weighQuestion({ counts: countTerms(tokenize(text)), vector: null }, statistics, defaultRanking);
    const { hits } = await index.search({ scope, question, limit: WANTED });
    return hits.map(({ key }) => key.id);
  };
}

async function assertRanksAsReference(
  own: Search,
  passages: readonly BenchPassage[],
  questions: readonly string[],
): Promise<void> {
  const reference = new PlainBm25(passages);
  for (const question of questions) {
    const [found, expected] = [await own(question), reference.rank(question, WANTED)];
    if (found.join() !== expected.join())
      throw new Error(`"${question}": found ${found.join()}, not ${expected.join()}`);
  }
}
