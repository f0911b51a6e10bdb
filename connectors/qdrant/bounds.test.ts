import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refOf } from '../../src/domain/entity.js';
import { heldAndAsked, searching } from '../../src/retrieval/beyond.contract.js';
import { indexQuery, indexWrite } from '../../src/retrieval/contract-kit.js';
import { termsOf } from '../../src/retrieval/passage-terms.js';
import type { IndexWrite } from '../../src/retrieval/port.js';
import { fuse, scoreEntity, type WeighedQuestion } from '../../src/retrieval/scorer.js';
import { cosine } from '../../src/retrieval/vectors.js';
import { answerOf, beyondOf, type Lists, type Proposal, type Proposals } from './bounds.js';
import { pointId } from './points.js';
import { passageVector, questionVector, type SparseVector } from './sparse.js';

const nothing: Proposals = { proposals: [], floor: null };

/** In single precision, as Qdrant keeps and multiplies them. */
function dot(a: SparseVector, b: SparseVector): number | null {
  const other = new Map(b.indices.map((index, i) => [index, b.values[i] ?? 0]));
  const shared = a.indices.flatMap((index, i) => {
    const value = other.get(index);
    return value === undefined ? [] : [Math.fround(Math.fround(value) * Math.fround(a.values[i] ?? 0))];
  });
  return shared.length === 0 ? null : shared.reduce((sum, value) => Math.fround(sum + value), 0);
}

/** The two queries, on what was written last of each entity: the best of those that match by it. */
function listsOf(writes: readonly IndexWrite[], question: WeighedQuestion, size: number): Lists {
  const passages = writes.flatMap(({ key, entityHash, revision, passages, vectors }) =>
    passages.map((passage, n) => {
      const vector = vectors[n];
      const proposal = { id: pointId(key, n), key, entityHash: entityHash ?? passage.hash, revision };
      const dense =
        question.vector === null || vector === undefined ? null : Math.fround(cosine(question.vector, vector));
      return { proposal, dense, terms: dot(questionVector(question), passageVector(termsOf(passage))) };
    }),
  );
  return {
    dense: best(
      passages.map(({ proposal, dense }) => ({ ...proposal, score: dense })),
      size,
    ),
    terms: best(
      passages.map(({ proposal, terms }) => ({ ...proposal, score: terms })),
      size,
    ),
  };
}

function best(matches: readonly (Omit<Proposal, 'score'> & { score: number | null })[], size: number): Proposals {
  const ranked = matches.flatMap((one) => (one.score === null ? [] : [{ ...one, score: one.score }]));
  const proposals = ranked.sort((a, b) => b.score - a.score).slice(0, size);
  return { proposals, floor: proposals.length < size ? null : (proposals.at(-1)?.score ?? null) };
}

function scoreOf(write: IndexWrite, question: WeighedQuestion): number {
  const scorable = write.passages.map((passage, n) => ({ terms: termsOf(passage), vector: write.vectors[n] ?? null }));
  return scoreEntity(question, scorable).score;
}

describe('what two lists say', () => {
  it.each(heldAndAsked)('no entity that is not a hit scores more than `beyond`, by %s', (_by, held, asked) => {
    fc.assert(
      fc.property(
        searching(held, asked),
        fc.integer({ min: 1, max: 20 }),
        ({ writes, query: { question, limit } }, size) => {
          const present = [...new Map(writes.map((write) => [write.key.id, write])).values()];
          const { hits, beyond } = answerOf(question, listsOf(present, question, size), limit);
          const named = new Set(hits.map(({ key }) => refOf(key)));
          for (const write of present) {
            if (!named.has(refOf(write.key))) expect(scoreOf(write, question)).toBeLessThanOrEqual(beyond);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('is nothing beyond lists that hold all that match', () => {
    const { question } = indexQuery('refund card');
    const lists = listsOf([indexWrite('a', 1, ['refund']), indexWrite('b', 1, ['card'])], question, 10);
    expect(answerOf(question, lists, 10).beyond).toBe(0);
  });

  it('is what the best of those left out can score, when the limit leaves some out', () => {
    const { question } = indexQuery('refund');
    const writes = [indexWrite('short', 1, ['refund']), indexWrite('long', 1, [`refund ${'word '.repeat(50)}`])];
    const answer = answerOf(question, listsOf(writes, question, 10), 1);
    expect(answer.hits.map(({ key }) => key.id)).toEqual(['short']);
    expect(answer.beyond).toBeGreaterThanOrEqual(
      scoreOf(indexWrite('long', 1, [`refund ${'word '.repeat(50)}`]), question),
    );
  });

  it('a passage without a vector may lie beyond a list by meaning that ends below 0', () => {
    const { question } = indexQuery('refund', { vector: Float32Array.of(1, 0) });
    const lists = { dense: { proposals: [], floor: -0.9 }, terms: { proposals: [], floor: question.lexicalMax } };
    expect(beyondOf(question, lists)).toBeGreaterThanOrEqual(fuse(0, question.lexicalMax, question));
  });

  it('the newer revision says what an entity is, once', () => {
    const { question } = indexQuery('refund');
    const [older, newer] = [indexWrite('a', 1, ['refund x']), indexWrite('a', 2, ['refund y'])];
    const proposals = [older, newer].map(({ key, entityHash, revision }, n) => {
      if (entityHash === null) throw new Error('it is present');
      return { id: pointId(key, n), key, entityHash, revision, score: 1 };
    });
    const { hits } = answerOf(question, { dense: nothing, terms: { proposals, floor: null } }, 10);
    expect(hits).toEqual([{ key: newer.key, entityHash: newer.entityHash }]);
  });
});
