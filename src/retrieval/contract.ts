/** What every retrieval index promises. Run by each implementation's test. */
import { beforeEach, describe, expect, it } from 'vitest';
import { beyondCases } from './beyond.contract.js';
import { indexDelete, indexQuery, indexWrite } from './contract-kit.js';
import { JudgedIndex } from './judged-index.test-support.js';
import type { RetrievalIndex } from './port.js';

/** `makeSubject` gives an empty index each time; vectors have 2 dimensions. */
export function retrievalIndexContract(name: string, makeSubject: () => Promise<RetrievalIndex>): void {
  describe(`${name} as a retrieval index`, () => {
    let index: JudgedIndex;
    beforeEach(async () => {
      index = new JudgedIndex(await makeSubject());
    });

    const found = (text: string, options: Parameters<typeof indexQuery>[1] = {}): Promise<string[]> =>
      index.best(indexQuery(text, options));

    describe('finding', () => {
      it('shows a write to the search after it', async () => {
        const write = indexWrite('P-1', 1, ['refund within ten days']);
        await index.apply([write]);
        expect((await index.search(indexQuery('refund'))).hits).toEqual([
          { key: write.key, entityHash: write.entityHash },
        ]);
      });

      it('finds nothing in an empty index, by no terms, and by terms that nobody has', async () => {
        expect(await found('refund')).toEqual([]);
        await index.apply([indexWrite('P-1', 1, ['refund'])]);
        expect([await found(''), await found('unheard')]).toEqual([[], []]);
      });

      it('returns every entity that matches when the limit allows', async () => {
        const writes = Array.from({ length: 300 }, (_, i) => indexWrite(`P-${i}`, 1, [`card ${'fee '.repeat(i % 7)}`]));
        await index.apply(writes);
        expect((await found('card', { limit: 300 })).length).toBe(300);
        expect(new Set(await found('card fee', { limit: 300 })).size).toBe(300);
      });

      it('returns an entity once, however many of its passages match', async () => {
        await index.apply([
          indexWrite('P-1', 1, ['refund one', 'refund two', 'three']),
          indexWrite('P-2', 1, ['refund']),
        ]);
        expect((await found('refund')).sort()).toEqual(['P-1', 'P-2']);
      });
    });

    describe('scope', () => {
      it('keeps tenants apart, though their ids and words are the same', async () => {
        await index.apply([
          indexWrite('P-1', 1, ['canary alpha'], { tenant: 'acme' }),
          indexWrite('P-1', 1, ['canary beta'], { tenant: 'bolt' }),
        ]);
        const answer = await index.search(indexQuery('canary alpha beta', { tenant: 'bolt' }));
        const [hit, ...others] = answer.hits;
        expect([hit?.key.tenant, others]).toEqual(['bolt', []]);
        expect(await found('alpha', { tenant: 'bolt' })).toEqual([]);
        expect(await found('canary', { tenant: 'acm' })).toEqual([]);
      });

      it('orders one tenant alike whatever another holds', async () => {
        const own = [
          indexWrite('P-1', 1, ['card loan']),
          indexWrite('P-2', 1, ['loan fee fee']),
          indexWrite('P-3', 1, ['fee']),
        ];
        await index.apply(own);
        const before = await found('card fee loan');
        const foreign = Array.from({ length: 50 }, (_, i) =>
          indexWrite(`F-${i}`, 1, ['card card'], { tenant: 'bolt' }),
        );
        await index.apply(foreign);
        expect(await found('card fee loan')).toEqual(before);
      });

      it.each(['', ' ', '*', 'acme,bolt', '__proto__'])(
        'finds nothing for the tenant "%s" nobody has',
        async (tenant) => {
          await index.apply([indexWrite('P-1', 1, ['refund'])]);
          const answer = await index.search(indexQuery('refund', { tenant })).catch(() => 'refused');
          expect(answer).toEqual(tenant === '' ? 'refused' : expect.objectContaining({ hits: [] }));
        },
      );

      it('refuses to write or count without a tenant', async () => {
        await expect(index.apply([indexWrite('P-1', 1, ['refund'], { tenant: '' })])).rejects.toThrow();
        await expect(index.count('')).rejects.toThrow();
      });

      it('keeps kinds apart', async () => {
        await index.apply([indexWrite('X', 1, ['refund'], { kind: 'ticket' })]);
        expect([await found('refund'), await found('refund', { kind: 'ticket' })]).toEqual([[], ['X']]);
      });
    });

    describe('what is left out', () => beyondCases(makeSubject));

    describe('writes', () => {
      it('replace all that was known of the entity', async () => {
        await index.apply([indexWrite('P-1', 1, ['refund', 'card'])]);
        await index.apply([indexWrite('P-1', 2, ['loan'])]);
        expect([await found('refund card'), await found('loan'), await index.count('acme')]).toEqual([[], ['P-1'], 1]);
      });

      it('change nothing when their revision is not newer', async () => {
        const newest = indexWrite('P-1', 5, ['loan']);
        await index.apply([newest, indexWrite('P-1', 4, ['refund'])]);
        await index.apply([indexWrite('P-1', 5, ['refund'])]);
        const [hit] = (await index.search(indexQuery('loan'))).hits;
        expect([hit?.entityHash, await found('refund')]).toEqual([newest.entityHash, []]);
      });

      it('end in the same index in any order', async () => {
        const writes = [
          indexWrite('P-1', 1, ['a1 card']),
          indexWrite('P-2', 2, ['card fee']),
          indexWrite('P-1', 3, ['card loan']),
        ];
        await index.apply(writes);
        const inOrder = await found('card loan');
        const other = new JudgedIndex(await makeSubject());
        for (const write of writes.toReversed()) await other.apply([write]);
        expect(await other.best(indexQuery('card loan'))).toEqual(inOrder);
      });

      it('that delete stay deleted under a late write', async () => {
        await index.apply([indexWrite('P-1', 1, ['refund'])]);
        await index.apply([indexDelete('P-1', 3), indexWrite('P-1', 2, ['refund'])]);
        await index.apply([indexWrite('P-1', 1, ['refund'])]);
        expect([await found('refund'), await index.count('acme')]).toEqual([[], 0]);
      });

      it('bring a deleted entity back when newer', async () => {
        await index.apply([indexDelete('P-1', 3), indexWrite('P-1', 4, ['refund'])]);
        expect(await found('refund')).toEqual(['P-1']);
      });

      it('without passages take the entity out', async () => {
        await index.apply([indexWrite('P-1', 1, ['refund']), indexWrite('P-1', 2, [])]);
        expect([await found('refund'), await index.count('acme')]).toEqual([[], 0]);
      });

      it('are counted by passage, for one tenant', async () => {
        await index.apply([indexWrite('P-1', 1, ['a1', 'b1']), indexWrite('X', 1, ['c1'], { kind: 'ticket' })]);
        await index.apply([indexWrite('P-1', 1, ['d1'], { tenant: 'bolt' })]);
        expect([await index.count('acme'), await index.count('bolt'), await index.count('none')]).toEqual([3, 1, 0]);
      });
    });

    describe('vectors', () => {
      const question = Float32Array.of(1, 0);

      it('find what shares no word with the question', async () => {
        await index.apply([
          indexWrite('near', 1, ['loan'], { vectors: [[1, 0]] }),
          indexWrite('far', 1, ['fee'], { vectors: [[0, 1]] }),
        ]);
        expect((await found('unheard', { vector: question }))[0]).toBe('near');
      });

      it('do not hide what matches by words alone, and hide what they tell from the question', async () => {
        await index.apply([
          indexWrite('word', 1, ['refund'], { vectors: [[0, 1]] }),
          indexWrite('near', 1, ['fee'], { vectors: [[1, 0]] }),
          indexWrite('opposite', 1, ['refund'], { vectors: [[-1, 0]] }),
        ]);
        expect((await found('refund', { vector: question })).sort()).toEqual(['near', 'word']);
      });

      it('count by the best passage', async () => {
        await index.apply([
          indexWrite('two', 1, ['x1', 'y1'], {
            vectors: [
              [-1, 0],
              [1, 0],
            ],
          }),
          indexWrite('one', 1, ['z1'], { vectors: [[0.8, 0.6]] }),
        ]);
        expect(await found('unheard', { vector: question })).toEqual(['two', 'one']);
      });

      it('are replaced with their entity', async () => {
        await index.apply([indexWrite('P-1', 1, ['x1'], { vectors: [[1, 0]] })]);
        await index.apply([
          indexWrite('P-1', 2, ['x1'], { vectors: [[0.6, 0.8]] }),
          indexWrite('P-2', 1, ['y1'], { vectors: [[0.8, 0.6]] }),
        ]);
        expect(await found('unheard', { vector: question })).toEqual(['P-2', 'P-1']);
      });

      it('of another dimension are refused, however often they come, and leave what was there', async () => {
        await index.apply([indexWrite('P-1', 1, ['refund'], { vectors: [[1, 0]] })]);
        const wrong = indexWrite('P-1', 2, ['loan', 'fee'], {
          vectors: [
            [1, 0],
            [1, 0, 0],
          ],
        });
        for (const _ of [1, 2]) await expect(index.apply([wrong])).rejects.toThrow();
        expect([await found('refund'), await found('loan')]).toEqual([['P-1'], []]);
      });
    });
  });
}
