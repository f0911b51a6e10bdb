/** That an index tells how good what it left out can be, whatever the statistics: part of `contract.ts`. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { limits } from '../limits.js';
import { indexDelete, indexQuery, indexWrite, passagesOfTexts } from './contract-kit.js';
import { JudgedIndex } from './judged-index.test-support.js';
import type { IndexQuery, IndexWrite, RetrievalIndex } from './port.js';
import { statisticsOf } from './statistics.js';

const vector = fc.integer({ min: 0, max: 359 }).map((degrees) => {
  const angle = (degrees / 180) * Math.PI;
  return [Math.cos(angle), Math.sin(angle)];
});

function wordsOf(maxLength: number): fc.Arbitrary<string[]> {
  return fc.array(fc.constantFrom('refund', 'card', 'fee', 'limit', 'loan', 'rate'), { maxLength });
}

/** Whether the index holds vectors, and whether the question has one. */
export const heldAndAsked = [
  ['words', false, false],
  ['words and vectors', true, true],
  ['words and vectors it does not hold', false, true],
] as const;

export interface Searching {
  readonly writes: readonly IndexWrite[];
  readonly query: IndexQuery;
}

/** A history of an index of at most 13 entities, and a question. Of few words, many score the same. */
export function searching(held: boolean, asked: boolean, wordsMax = 8): fc.Arbitrary<Searching> {
  const words = wordsOf(wordsMax);
  const passages = fc.array(fc.tuple(words, vector, fc.constantFrom(' ', '\n')), { maxLength: 3 });
  const history = fc.array(fc.tuple(fc.nat(12), fc.option(passages)), { maxLength: 60 });
  // Texts that the question is weighed by; they need not be those of the index.
  const weighedBy = fc.array(words, { maxLength: 20 });
  return fc
    .tuple(history, weighedBy, fc.tuple(words, vector, fc.nat(14)))
    .map(([events, texts, [terms, direction, limit]]) => {
      const statistics = statisticsOf(passagesOfTexts(texts.map((text) => text.join(' '))));
      const options = { limit, statistics, vector: asked ? Float32Array.from(direction) : null };
      return { writes: writesOf(events, held), query: indexQuery(terms.join(' '), options) };
    });
}

type History = readonly (readonly [number, readonly (readonly [string[], number[], string])[] | null])[];

function writesOf(events: History, withVectors: boolean): IndexWrite[] {
  return events.map(([id, content], revision) => {
    if (content === null) return indexDelete(`P-${id}`, revision);
    const vectors = withVectors ? content.map((passage) => passage[1]) : [];
    const texts = content.map(([[first = '', ...rest], , gap]) => `${first}${gap}${rest.join(' ')}`);
    return indexWrite(`P-${id}`, revision, texts, { vectors });
  });
}

export async function judged(index: RetrievalIndex, writes: readonly IndexWrite[]): Promise<JudgedIndex> {
  const subject = new JudgedIndex(index);
  for (const write of writes) await subject.apply([write]);
  return subject;
}

export function beyondProperty(
  makeSubject: () => Promise<RetrievalIndex>,
  searches: fc.Arbitrary<Searching>,
): fc.IAsyncProperty<[Searching]> {
  return fc.asyncProperty(searches, async ({ writes, query }) => {
    const subject = await judged(await makeSubject(), writes);
    expect(await subject.broken(query)).toEqual([]);
    const all = { ...query, limit: limits.indexHitsMax };
    expect([await subject.broken(all), (await subject.search(all)).beyond <= 0]).toEqual([[], true]);
  });
}

export function beyondCases(makeSubject: () => Promise<RetrievalIndex>): void {
  it.each(heldAndAsked)('scores no more than it says, and is nothing in the end, by %s', async (_by, held, asked) => {
    await fc.assert(beyondProperty(makeSubject, searching(held, asked)));
  });

  it('does not hide the best, however many others there are', async () => {
    const others = Array.from({ length: 200 }, (_, n) => indexWrite(`P-${n}`, 1, [`card ${'fee '.repeat(1 + n)}`]));
    const subject = await judged(await makeSubject(), [...others, indexWrite('best', 1, ['card'])]);
    expect(await subject.best(indexQuery('card', { limit: 3 }))).toEqual(['best', 'P-0', 'P-1']);
  });
}
