import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indexQuery, indexWrite, passagesOfTexts } from '../../src/retrieval/contract-kit.js';
import { rankedByScorer } from '../../src/retrieval/judged-index.test-support.js';
import { rankedByIndex } from '../../src/retrieval/order.contract.js';
import type { IndexWrite } from '../../src/retrieval/port.js';
import { type Statistics, statisticsOf } from '../../src/retrieval/statistics.js';
import { MemoryIndex } from './index.js';

const ENTITIES = 600;

interface World {
  readonly writes: readonly IndexWrite[];
  readonly statistics: Statistics;
}

/** Many times what it takes: the machine may be busy. */
const TIMEOUT_MS = 30_000;
/** Words of few ranks: a few nearly everywhere, the others rarer and rarer, and many passages alike, so that scores tie. */
function worldOf(seed: number): World {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const word = () => `w${Math.floor(300 ** random())}q`;
  const text = () => Array.from({ length: 4 + Math.floor(random() * 12) }, word).join(' ');
  const common = Array.from({ length: 20 }, text);
  const anyText = () => (random() < 0.3 ? (common[Math.floor(random() * 20)] ?? '') : text());
  const texts = Array.from({ length: ENTITIES }, () => Array.from({ length: 1 + Math.floor(random() * 3) }, anyText));
  const writes = texts.map((passages, n) => indexWrite(`P-${n}`, 1, passages));
  return {
    writes,
    statistics: statisticsOf(texts.flatMap((all, n) => passagesOfTexts(all, { kind: 'policy', id: `P-${n}` }))),
  };
}

const question = fc.array(fc.integer({ min: 1, max: 320 }), { minLength: 1, maxLength: 8 });
/** Of the ranks that nearly every passage has, beside one that few have: what a cut is for. */
const lopsided = fc
  .tuple(fc.integer({ min: 100, max: 299 }), fc.integer({ min: 1, max: 4 }))
  .map((ranks) => [...ranks]);

describe('bm25 scan', () => {
  it(
    'orders many passages as the scorer does, ties and all, wherever it stops reading',
    async () => {
      const asked = fc.tuple(fc.oneof(question, lopsided), fc.constantFrom(1, 2, 10, 64, 700, 5_000));
      await fc.assert(
        fc.asyncProperty(fc.nat(), fc.array(asked, { minLength: 5, maxLength: 5 }), async (seed, questions) => {
          const { writes, statistics } = worldOf(seed);
          const index = new MemoryIndex('test');
          await index.apply(writes);
          for (const [ranks, limit] of questions) {
            const query = indexQuery(ranks.map((rank) => `w${rank}q`).join(' '), { statistics, limit });
            expect(await rankedByIndex(index, query)).toEqual(rankedByScorer(writes, query));
          }
        }),
        { numRuns: 3 },
      );
    },
    TIMEOUT_MS,
  );
});
