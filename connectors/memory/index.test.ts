import { describe, expect, it } from 'vitest';
import { retrievalIndexContract } from '../../src/retrieval/contract.js';
import { indexDelete, indexQuery, indexWrite } from '../../src/retrieval/contract-kit.js';
import { rankedByScorer } from '../../src/retrieval/judged-index.test-support.js';
import { exactOrderContract, rankedByIndex } from '../../src/retrieval/order.contract.js';
import type { IndexWrite } from '../../src/retrieval/port.js';
import { MemoryIndex } from './index.js';

retrievalIndexContract('memory', async () => new MemoryIndex('test'));
exactOrderContract('memory', async () => new MemoryIndex('test'));

describe('memory index', () => {
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
