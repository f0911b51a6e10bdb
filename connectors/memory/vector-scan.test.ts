import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indexDelete, indexQuery, indexWrite } from '../../src/retrieval/contract-kit.js';
import { rankedByScorer } from '../../src/retrieval/judged-index.test-support.js';
import { rankedByIndex } from '../../src/retrieval/order.contract.js';
import type { IndexWrite } from '../../src/retrieval/port.js';
import { MemoryIndex } from './index.js';
import { VectorArena } from './vector-arena.js';
import { PlainKernel, vectorKernel } from './vector-kernel.js';

/** Many times what it takes: the machine may be busy. */
const TIMEOUT_MS = 30_000;
/** Not a multiple of sixteen, so that rows are padded. */
const DIMENSIONS = 21;
/** More than two blocks of rows, and enough to be scanned by rows at all. */
const ENTITIES = 1_500;

function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Length 1, as the port asks for, but for one in fifty that is all zeros. */
function vectorOf(random: () => number): number[] {
  const values = Array.from({ length: DIMENSIONS }, () => random() - 0.5);
  const length = Math.hypot(...values);
  return random() < 0.02 ? values.map(() => 0) : values.map((value) => value / length);
}

/** Some vectors are the same and many nearly so: their order lies below what 8 bits tell. */
function writesOf(random: () => number): IndexWrite[] {
  const common = Array.from({ length: 30 }, () => vectorOf(random));
  const near = () =>
    (common[Math.floor(random() * 30)] ?? []).map((value) => Math.fround(value + (random() - 0.5) * 1e-4));
  const anyVector = () => [vectorOf(random), near(), common[0] ?? []][Math.floor(random() * 3)] ?? [];
  return Array.from({ length: ENTITIES }, (_, n) => {
    const vectors = Array.from({ length: 1 + Math.floor(random() * 2) }, anyVector);
    const texts = vectors.map(() => `w${Math.floor(random() * 40)} w${Math.floor(random() * 4)}`);
    return indexWrite(`P-${n}`, 1, texts, { vectors });
  });
}

describe.each([
  ['as the engine offers it', vectorKernel],
  ['without SIMD', () => new PlainKernel()],
])('vector scan %s', (_, makeKernel) => {
  it(
    'orders many passages as the scorer does, however near they lie, through deletes and replacements',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.nat(), fc.constantFrom(1, 10, 300, 3_000), async (seed, limit) => {
          const random = randomOf(seed);
          const index = new MemoryIndex('test', new VectorArena(makeKernel));
          const writes = writesOf(random);
          const gone = writes.filter(() => random() < 0.3).map(({ key }) => indexDelete(key.id, 2));
          const all = [...writes, ...gone, indexWrite('P-3', 3, ['w1'], { vectors: [vectorOf(random)] })];
          await index.apply(all);
          for (const words of ['unheard', 'w1 w7']) {
            const query = indexQuery(words, { limit, vector: Float32Array.from(vectorOf(random)) });
            expect(await rankedByIndex(index, query)).toEqual(rankedByScorer(all, query));
          }
        }),
        { numRuns: 3 },
      );
    },
    TIMEOUT_MS,
  );

  it('scores few of many vectors exactly, and more where the first choice proves nothing', async () => {
    const random = randomOf(7);
    const arena = new VectorArena(makeKernel);
    const index = new MemoryIndex('test', arena);
    const asked = vectorOf(random);
    const query = indexQuery('unheard', { vector: Float32Array.from(asked), limit: 2 });
    const apart = Array.from({ length: ENTITIES }, (_, n) =>
      indexWrite(`P-${n}`, 1, ['w'], { vectors: [vectorOf(random)] }),
    );
    await index.apply(apart);
    await index.search(query);
    expect([arena.facts.searches, arena.facts.rescored < 100]).toEqual([1, true]);
    const near = () => asked.map((value) => value + (random() - 0.5) / 500);
    const close = Array.from({ length: 200 }, (_, n) => indexWrite(`Q-${n}`, 1, ['w'], { vectors: [near()] }));
    await index.apply(close);
    expect(await rankedByIndex(index, query)).toEqual(rankedByScorer([...apart, ...close], query));
    expect([arena.facts.widened, arena.facts.rescored > 150]).toEqual([1, true]);
  });
});
