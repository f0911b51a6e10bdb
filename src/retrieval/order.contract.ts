/** That an index orders as the scorer does, whatever the statistics: part of `contract.ts`. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Ref, refOf } from '../domain/entity.js';
import { indexDelete, indexQuery, indexWrite, passagesOfTexts } from './contract-kit.js';
import { termsOf } from './passage-terms.js';
import type { IndexQuery, IndexWrite, RetrievalIndex } from './port.js';
import { compareRanked, scoreEntity } from './scorer.js';
import { statisticsOf } from './statistics.js';

const words = fc.array(fc.constantFrom('refund', 'card', 'fee', 'limit', 'loan', 'rate'), { maxLength: 8 });
const vector = fc.integer({ min: 0, max: 359 }).map((degrees) => {
  const angle = (degrees / 180) * Math.PI;
  return [Math.cos(angle), Math.sin(angle)];
});
const passages = fc.array(fc.tuple(words, vector), { maxLength: 3 });
const history = fc.array(fc.tuple(fc.nat(12), fc.option(passages)), { maxLength: 60 });
/** Texts that the question is weighed by; they need not be those of the index. */
const weighedBy = fc.array(words, { maxLength: 20 });

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

/** What the scorer makes of the present entities, without any index. */
export function rankedByScorer(writes: readonly IndexWrite[], { question, limit }: IndexQuery): Ref[] {
  const present = [...new Map(writes.map((write) => [write.key.id, write])).values()];
  return present
    .map((write) => {
      const scorable = write.passages.map((passage, i) => ({
        terms: termsOf(passage),
        vector: write.vectors[i] ?? null,
      }));
      return { ref: refOf(write.key), score: scoreEntity(question, scorable).score };
    })
    .filter(({ score }) => score > 0)
    .sort(compareRanked)
    .slice(0, limit)
    .map(({ ref }) => ref);
}

export async function rankedByIndex(index: RetrievalIndex, query: IndexQuery): Promise<Ref[]> {
  return (await index.search(query)).hits.map((hit) => refOf(hit.key));
}

export function orderCases(makeSubject: () => Promise<RetrievalIndex>): void {
  it.each([
    ['words', false, false],
    ['words and vectors', true, true],
    ['words and vectors it does not hold', false, true],
  ])('is that of the scorer, by %s, whatever the question is weighed by', async (_by, held, asked) => {
    await fc.assert(
      fc.asyncProperty(
        history,
        weighedBy,
        fc.tuple(words, vector, fc.nat(14)),
        async (events, texts, [terms, direction, limit]) => {
          const writes = writesOf(events, held);
          const index = await makeSubject();
          for (const write of writes) await index.apply([write]);
          const statistics = statisticsOf(passagesOfTexts(texts.map((text) => text.join(' '))));
          const options = { limit, statistics, vector: asked ? Float32Array.from(direction) : null };
          const query = indexQuery(terms.join(' '), options);
          expect(await rankedByIndex(index, query)).toEqual(rankedByScorer(writes, query));
        },
      ),
    );
  });
}
