import { describe, expect, it, vi } from 'vitest';
import { MemoryVectorRecord } from '../../connectors/memory/vector-record.js';
import { digestOf } from '../domain/canonical.js';
import type { Embedder } from './embedder.js';
import { HashingEmbedder } from './hashing-embedder.js';
import type { Passage } from './port.js';
import { VectorCache } from './vector-cache.js';
import type { VectorRecord } from './vector-record.js';

function passage(text: string): Passage {
  return { id: 'policy/P#0', text, titleChars: 0, hash: digestOf(text) };
}

function made(record?: VectorRecord, onFailure: (error: unknown) => void = () => undefined) {
  const embedder: Embedder = new HashingEmbedder();
  const embed = vi.spyOn(embedder, 'embed');
  return { embedder, embed, cache: new VectorCache(embedder, { record, onFailure }) };
}

describe('the cache of vectors', () => {
  it('asks the model once about a text, however often it comes, also twice in one question', async () => {
    const { cache, embed } = made();
    const [a, b] = [passage('refund'), passage('fee')];
    const vectors = await cache.vectorsOf([a, b, a]);
    expect(vectors[2]).toBe(vectors[0]);
    await cache.vectorsOf([b, a]);
    expect(cache.known([a, b])).toEqual([vectors[0], vectors[1]]);
    expect(embed.mock.calls.map(([texts]) => texts)).toEqual([['refund', 'fee']]);
  });

  it('asks no model about what is on record, of passages and of questions', async () => {
    const record = new MemoryVectorRecord(new HashingEmbedder().identity);
    const first = made(record);
    const vectors = await first.cache.vectorsOf([passage('refund')]);
    const question = await first.cache.ofQuestion('refund');
    const second = made(record);
    expect(await second.cache.vectorsOf([passage('refund')])).toEqual(vectors);
    expect(await second.cache.ofQuestion('refund')).toEqual(question);
    expect([first.embed.mock.calls.length, second.embed.mock.calls.length]).toEqual([2, 0]);
  });

  it('keeps the vector of a question apart from that of a passage with the same text', async () => {
    const { cache, embed } = made();
    await cache.vectorsOf([passage('refund')]);
    await cache.ofQuestion('refund');
    expect(embed.mock.calls.map(([, role]) => role)).toEqual(['passage', 'question']);
  });

  it('asks the model about what was said last alone, in one call: turns before it are known', async () => {
    const { cache, embed } = made();
    const said = ['refund?', 'within thirty days', 'and for gold?', 'sixty', 'and abroad?'];
    for (const last of [1, 3, 5]) await cache.ofQuestions(said.slice(0, last).toReversed());
    expect(embed.mock.calls.map(([texts]) => texts)).toEqual([
      ['refund?'],
      ['and for gold?', 'within thirty days'],
      ['and abroad?', 'sixty'],
    ]);
  });

  it('answers though its record cannot be read or written, and tells of it', async () => {
    const failing = async () => Promise.reject(new Error('no disk'));
    const record = new MemoryVectorRecord(new HashingEmbedder().identity);
    Object.assign(record, { read: failing, write: failing });
    const failures: unknown[] = [];
    const { cache, embedder } = made(record, (error) => failures.push(error));
    expect(await cache.vectorsOf([passage('refund')])).toEqual(await embedder.embed(['refund'], 'passage'));
    expect(failures).toHaveLength(2);
  });

  it('does not take fewer vectors than texts for an answer', async () => {
    const { cache, embed } = made();
    embed.mockResolvedValue([]);
    await expect(cache.vectorsOf([passage('refund')])).rejects.toThrow('fewer vectors');
  });
});
