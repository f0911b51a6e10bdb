/** What every embedder promises. Run by each implementation's test. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Embedder, EmbeddingRole } from './embedder.js';
import { cosine } from './vectors.js';

const texts = [
  'Refunds are paid within ten days.',
  '',
  'How do I dispute a card payment?',
  '   ',
  'Ünïcode 税金 한국어 🙂',
  'refund '.repeat(600),
  'Refunds are paid within ten days.',
  `half of a pair \ud83d and the other \ude42`,
  '\u0000\u200b\u202e\ufeff\u0301',
  'x'.repeat(100_000),
  '[CLS] [SEP] [PAD] <s> </s>',
];
const roles: readonly EmbeddingRole[] = ['question', 'passage'];

export function embedderContract(name: string, makeSubject: () => Promise<Embedder>): void {
  describe(`${name} as an embedder`, () => {
    let embedder: Embedder;
    let vectors: readonly Float32Array[];
    beforeAll(async () => {
      embedder = await makeSubject();
      vectors = await embedder.embed(texts, 'passage');
    });

    it('gives one vector per text, of its dimensions', () => {
      expect(vectors.map((vector) => vector.length)).toEqual(texts.map(() => embedder.identity.dimensions));
    });

    it('gives vectors of length 1, for empty and odd text too', () => {
      for (const vector of vectors) expect(cosine(vector, vector)).toBeCloseTo(1, 5);
    });

    it.each(roles)('gives the text of a %s the same bits alone and in any batch', async (role) => {
      const together = await embedder.embed(texts, role, 'background');
      for (const [i, text] of texts.entries()) expect((await embedder.embed([text], role))[0]).toEqual(together[i]);
      expect(await embedder.embed(texts.toReversed(), role)).toEqual(together.toReversed());
    });

    it('gives the same bits when made again', async () => {
      const again = await makeSubject();
      expect(again.identity).toEqual(embedder.identity);
      expect(await again.embed(texts, 'passage')).toEqual(vectors);
    });

    it('gives nothing for nothing', async () => {
      for (const role of roles) expect(await embedder.embed([], role)).toEqual([]);
    });

    it('tells texts apart', () => {
      const [refund, , dispute] = vectors;
      expect(refund).not.toEqual(dispute);
    });

    it('has an identity that names it', () => {
      const { id, revision, dimensions } = embedder.identity;
      expect([id, revision].every((part) => part.length > 0)).toBe(true);
      expect(dimensions).toBeGreaterThan(0);
    });
  });
}
