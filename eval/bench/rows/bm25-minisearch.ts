/** Our BM25 against MiniSearch over the same passages. */
import MiniSearch from 'minisearch';
import type { BenchPassage } from '../corpus.js';
import type { Row } from '../harness.js';
import { openBm25, WANTED } from './bm25.js';

export const bm25MiniSearch: Row = {
  name: 'bm25: 100,000 passages, six words, first ten ÷ MiniSearch',
  unit: 'questions/s at the median',
  better: 'high',
  goal: { ship: 50, stretch: 150 },
  open: () => openBm25(searchOf),
};

function searchOf(passages: readonly BenchPassage[]): (question: string) => readonly string[] {
  const engine = new MiniSearch<BenchPassage>({ fields: ['text'] });
  engine.addAll(passages);
  return (question) =>
    engine
      .search(question)
      .slice(0, WANTED)
      .map(({ id }) => String(id));
}
