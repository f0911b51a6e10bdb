import { describe, expect, it } from 'vitest';
import { digestOf } from '../domain/canonical.js';
import { embedderContract } from './embedder.contract.js';
import { HashingEmbedder } from './hashing-embedder.js';
import { cosine } from './vectors.js';

embedderContract('hashing', async () => new HashingEmbedder());

async function similarity(one: string, other: string): Promise<number> {
  const [a, b] = await new HashingEmbedder().embed([one, other]);
  return a !== undefined && b !== undefined ? cosine(a, b) : Number.NaN;
}

describe('hashing embedder', () => {
  it('finds texts that share words nearer than texts that share none', async () => {
    const shared = await similarity('refund of a card payment', 'card payment was refunded');
    expect(shared).toBeGreaterThan((await similarity('refund of a card payment', 'branch opening hours')) + 0.3);
  });

  it('finds a misspelt word near', async () => {
    expect(await similarity('transferring', 'transfering')).toBeGreaterThan(0.4);
  });

  it('gives the bits that its revision stands for', async () => {
    const vectors = await new HashingEmbedder().embed(['Refunds are paid within 10 days.', 'Überweisung 税金']);
    const bytes = Buffer.concat(
      vectors.map((vector) => Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)),
    );
    expect(digestOf(bytes)).toBe('sha256-b8c86ef6162621929c576d0178e15596586176faa8bc5eb21fc4afa599621f8a');
  });
});
