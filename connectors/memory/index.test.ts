import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refOf } from '../../src/domain/entity.js';
import { indexDelete, indexQuery, indexWrite, retrievalIndexContract } from '../../src/retrieval/contract.js';
import { termsOf } from '../../src/retrieval/passage-terms.js';
import type { IndexQuery, IndexWrite } from '../../src/retrieval/port.js';
import { compareRanked, scoreEntity, weighQuestion } from '../../src/retrieval/scorer.js';
import { statisticsOf } from '../../src/retrieval/statistics.js';
import { MemoryIndex } from './index.js';

retrievalIndexContract('memory', async () => new MemoryIndex('test'));

const words = fc.array(fc.constantFrom('refund', 'card', 'fee', 'limit', 'loan', 'rate'), { maxLength: 8 });
const vector = fc.integer({ min: 0, max: 359 }).map((degrees) => {
  const angle = (degrees / 180) * Math.PI;
  return [Math.cos(angle), Math.sin(angle)];
});
const passages = fc.array(fc.tuple(words, vector), { maxLength: 3 });
const history = fc.array(fc.tuple(fc.nat(12), fc.option(passages)), { maxLength: 60 });

type History = readonly (readonly [number, readonly (readonly [string[], number[]])[] | null])[];

function writesOf(events: History, withVectors: boolean): IndexWrite[] {
  return events.map(([id, content], revision) => {
    if (content === null) return indexDelete(`P-${id}`, revision);
    const vectors = withVectors ? content.map((passage) => passage[1]) : [];
    return indexWrite(
      `P-${id}`,
      revision,
      content.map((passage) => passage[0].join(' ')),
      { vectors },
    );
  });
}

/** What the shared scorer makes of the present policies, without any index. */
function rankedByScorer(writes: readonly IndexWrite[], query: IndexQuery): string[] {
  const present = [...new Map(writes.map((write) => [write.key.id, write])).values()];
  const weighed = weighQuestion(query, statisticsOf(present.flatMap((write) => write.passages)));
  const isCandidate = (write: IndexWrite, score: number): boolean =>
    query.vector === null ? score > 0 : write.passages.length > 0;
  return present
    .map((write) => {
      const scorable = write.passages.map((passage, i) => ({
        terms: termsOf(passage),
        vector: write.vectors[i] ?? null,
      }));
      return { write, ref: refOf(write.key), score: scoreEntity(weighed, scorable).score };
    })
    .filter(({ write, score }) => isCandidate(write, score))
    .sort(compareRanked)
    .slice(0, query.limit)
    .map(({ ref }) => ref);
}

async function rankedByIndex(index: MemoryIndex, query: IndexQuery): Promise<string[]> {
  return (await index.search(query)).map((hit) => refOf(hit.key));
}

describe('memory index', () => {
  it.each([
    ['words', false],
    ['words and vectors', true],
  ])('proposes policies in the final order, by %s', async (_by, withVectors) => {
    await fc.assert(
      fc.asyncProperty(history, words, vector, fc.nat(14), async (events, asked, direction, limit) => {
        const writes = writesOf(events, withVectors);
        const index = new MemoryIndex('test');
        for (const write of writes) await index.apply([write]);
        // An index that holds no vector answers by words, whatever is asked; the scorer is asked alike.
        const hasVectors = writes.some((write) => write.vectors.length > 0);
        const query = indexQuery(asked.join(' '), { limit, vector: hasVectors ? Float32Array.from(direction) : null });
        expect(await rankedByIndex(index, query)).toEqual(rankedByScorer(writes, query));
      }),
    );
  });

  it('keeps its answers and its size through many compactions', async () => {
    const index = new MemoryIndex('test');
    const writes: IndexWrite[] = [];
    for (let revision = 0; revision < 5_000; revision++) {
      const id = `P-${(revision * 7919) % 613}`;
      const texts = [`card w${revision % 97} w${revision % 11}`, `fee ${'w1 '.repeat(revision % 5)}`];
      const vectors = [
        [1, 0],
        [0.6, 0.8],
      ];
      writes.push(revision % 6 === 0 ? indexDelete(id, revision) : indexWrite(id, revision, texts, { vectors }));
    }
    await index.apply(writes);
    for (const asked of ['card w5', 'w1 w7 fee', 'w96']) {
      const query = indexQuery(asked, { limit: 1_000, vector: Float32Array.of(0, 1) });
      expect(await rankedByIndex(index, query)).toEqual(rankedByScorer(writes, query));
    }
  });

  it('refuses a vector of another dimension and still answers afterwards', async () => {
    const index = new MemoryIndex('test');
    await index.apply([indexWrite('P-1', 1, ['refund'], { vectors: [[1, 0]] })]);
    const wrong = indexQuery('refund', { vector: Float32Array.of(1, 0, 0) });
    await expect(index.search(wrong)).rejects.toThrow('one dimension');
    expect(await rankedByIndex(index, indexQuery('refund'))).toEqual(['policy/P-1']);
  });
});
