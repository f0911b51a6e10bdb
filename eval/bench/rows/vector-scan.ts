/** The best ten of 100,000 vectors by our index, exactly, against a plain loop over 32-bit floats. */

import { MemoryIndex } from '../../../connectors/memory/index.js';
import { VectorArena } from '../../../connectors/memory/vector-arena.js';
import { defaultRanking } from '../../../src/retrieval/method.js';
import { weighQuestion } from '../../../src/retrieval/scorer.js';
import { statisticsOf } from '../../../src/retrieval/statistics.js';
import { benchVectors, indexWriteOf } from '../corpus.js';
import { answersPerSecond, type Row } from '../harness.js';

const VECTORS = 100_000;
const DIMENSIONS = 384;
const QUESTIONS = 20;
const WANTED = 10;
const RECALL_GOAL = 0.99;

type Search = (vector: Float32Array) => Promise<readonly string[]> | readonly string[];

export const vectorScan: Row = {
  name: 'vectors: first ten of 100,000 of 384 dimensions, exact ÷ plain loop over floats',
  unit: 'questions/s at the median',
  better: 'high',
  goal: { ship: 10, stretch: 15 },
  open: async () => {
    const vectors = benchVectors(VECTORS, DIMENSIONS, 1);
    const questions = benchVectors(QUESTIONS, DIMENSIONS, 2);
    const arena = new VectorArena();
    const own = await ownSearch(vectors, arena);
    const plain = plainSearch(vectors);
    let shared = 0;
    for (const question of questions) {
      const expected = new Set(await plain(question));
      shared += (await own(question)).filter((id) => expected.has(id)).length;
    }
    const recall = shared / (QUESTIONS * WANTED);
    if (recall < RECALL_GOAL) throw new Error(`recall@${WANTED} is ${recall.toFixed(3)}, below ${RECALL_GOAL}`);
    return {
      ours: answersPerSecond(own, questions),
      baseline: answersPerSecond(plain, questions),
      note: () => {
        const { searches, widened, rescored } = arena.facts;
        return `recall@${WANTED} ${recall.toFixed(3)}; ${Math.round(rescored / searches)} scored exactly per question, ${widened} of ${searches} widened`;
      },
      close: async () => undefined,
    };
  },
};

/** A question with a vector and no word: what the index does for one with words besides is the BM25 row's. */
async function ownSearch(vectors: readonly Float32Array[], arena: VectorArena): Promise<Search> {
  const index = new MemoryIndex('bench', arena);
  for (const [n, vector] of vectors.entries())
    await index.apply([indexWriteOf('bench', { id: `P-${n}`, text: 'w' }, vector)]);
  const statistics = statisticsOf([]);
  const scope = { tenant: 'bench', kind: 'policy' } as const;
  return async (vector) => {
    const { hits } = await index.search({
      scope,
      question: weighQuestion({ counts: new Map(), vector }, statistics, defaultRanking),
      limit: WANTED,
    });
    return hits.map(({ key }) => key.id);
  };
}

/** What anybody would write: all vectors in one array, one loop, the best ten kept in order. */
function plainSearch(vectors: readonly Float32Array[]): Search {
  const all = new Float32Array(VECTORS * DIMENSIONS);
  for (const [n, vector] of vectors.entries()) all.set(vector, n * DIMENSIONS);
  return (question) => {
    const best: { readonly n: number; readonly score: number }[] = [];
    for (let n = 0; n < VECTORS; n++) {
      let score = 0;
      for (let i = 0; i < DIMENSIONS; i++) score += (question[i] ?? 0) * (all[n * DIMENSIONS + i] ?? 0);
      if (best.length === WANTED && score <= (best.at(-1)?.score ?? 0)) continue;
      best.push({ n, score });
      best.sort((a, b) => b.score - a.score);
      if (best.length > WANTED) best.pop();
    }
    return best.map(({ n }) => `P-${n}`);
  };
}
