/** What an index promises that keeps the scorer's order, beside `contract.ts`: the first of its hits are the best. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Ref, refOf } from '../domain/entity.js';
import { heldAndAsked, searching } from './beyond.contract.js';
import { indexQuery, indexWrite } from './contract-kit.js';
import { rankedByScorer } from './judged-index.test-support.js';
import type { IndexQuery, RetrievalIndex } from './port.js';

export async function rankedByIndex(index: RetrievalIndex, query: IndexQuery): Promise<Ref[]> {
  return (await index.search(query)).hits.map((hit) => refOf(hit.key));
}

/** `makeSubject` gives an empty index each time; vectors have 2 dimensions. */
export function exactOrderContract(name: string, makeSubject: () => Promise<RetrievalIndex>): void {
  describe(`${name} as an index in the scorer's order`, () => {
    it.each(heldAndAsked)('ranks by %s, whatever the question is weighed by', async (_by, held, asked) => {
      await fc.assert(
        fc.asyncProperty(searching(held, asked), async ({ writes, query }) => {
          const index = await makeSubject();
          for (const write of writes) await index.apply([write]);
          expect(await rankedByIndex(index, query)).toEqual(rankedByScorer(writes, query));
        }),
      );
    });

    it('returns no more than the limit, the best ones', async () => {
      const index = await makeSubject();
      await index.apply([indexWrite('long', 1, [`refund ${'word '.repeat(50)}`]), indexWrite('short', 1, ['refund'])]);
      const first = async (limit: number) => rankedByIndex(index, indexQuery('refund', { limit }));
      expect([await first(1), await first(0)]).toEqual([['policy/short'], []]);
    });

    it('counts a repeated term of the question as often as it occurs', async () => {
      const index = await makeSubject();
      await index.apply([indexWrite('a', 1, ['loan']), indexWrite('b', 1, ['card'])]);
      const first = async (text: string) => (await rankedByIndex(index, indexQuery(text)))[0];
      expect([await first('card card loan'), await first('card loan loan')]).toEqual(['policy/b', 'policy/a']);
    });

    it('counts what stands in a title twice', async () => {
      const index = await makeSubject();
      await index.apply([indexWrite('a', 1, ['fee\ncard loan']), indexWrite('b', 1, ['card\nfee loan'])]);
      expect(await rankedByIndex(index, indexQuery('card'))).toEqual(['policy/b', 'policy/a']);
    });

    it('ends what it was asked for at its last hit, also where others score the same', async () => {
      const index = await makeSubject();
      await index.apply(['c', 'a', 'b'].map((id) => indexWrite(id, 1, ['card'])));
      const { hits, beyond, beyondRef } = await index.search(indexQuery('card', { limit: 2 }));
      expect([hits.map(({ key }) => key.id), beyond > 0, beyondRef]).toEqual([['a', 'b'], true, 'policy/b']);
    });
  });
}
