/** What every record of vectors promises. Run by each implementation's test. */
import { beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../domain/canonical.js';
import type { EmbedderIdentity, EmbeddingRole } from './embedder.js';
import { VectorCache } from './vector-cache.js';
import type { RecordedVector, VectorRecord } from './vector-record.js';

export const recordedModel: EmbedderIdentity = { id: 'model-a', revision: '1', dimensions: 4 };

/** A vector that says which one it is. */
export function recorded(n: number, role: EmbeddingRole = 'passage'): RecordedVector {
  return { role, hash: digestOf(`text ${n}`), vector: Float32Array.of(n, 0.1, -n, role === 'passage' ? 1 : 2) };
}

export function vectorRecordContract(
  name: string,
  makeSubject: (embedder: EmbedderIdentity) => Promise<VectorRecord>,
): void {
  describe(`${name} as a record of vectors`, () => {
    let record: VectorRecord;
    beforeEach(async () => {
      record = await makeSubject(recordedModel);
    });

    it('gives back the bits that were written, in the order asked for', async () => {
      await record.write([recorded(1), recorded(2)]);
      await record.write([recorded(3)]);
      expect(await record.read([recorded(3), recorded(1), recorded(3)])).toEqual(
        [3, 1, 3].map((n) => recorded(n).vector),
      );
    });

    it('knows nothing of what was not written', async () => {
      await record.write([recorded(1)]);
      expect(await record.read([recorded(2), recorded(1)])).toEqual([undefined, recorded(1).vector]);
    });

    it('tells a question from a passage of the same text', async () => {
      await record.write([recorded(1, 'question')]);
      expect(await record.read([recorded(1), recorded(1, 'question')])).toEqual([
        undefined,
        recorded(1, 'question').vector,
      ]);
    });

    it('takes the same text twice, in one write and in two', async () => {
      await record.write([recorded(1), recorded(1)]);
      await record.write([recorded(1)]);
      expect(await record.read([recorded(1)])).toEqual([recorded(1).vector]);
    });

    it('refuses a vector of other dimensions, and keeps nothing of that write', async () => {
      const wrong = { ...recorded(2), vector: Float32Array.of(1, 2, 3) };
      await expect(record.write([recorded(1), wrong])).rejects.toThrow('other dimensions');
      expect(await record.read([recorded(1), recorded(2)])).toEqual([undefined, undefined]);
    });

    it('is refused by a cache of another model', () => {
      const embed = async () => [];
      for (const other of [{ id: 'model-b' }, { revision: '2' }, { dimensions: 5 }]) {
        const embedder = { identity: { ...recordedModel, ...other }, embed };
        expect(() => new VectorCache(embedder, { record })).toThrow('are of the model model-a');
      }
    });

    it('tells how many it keeps of each role', async () => {
      await record.write([recorded(1), recorded(2), recorded(1, 'question'), recorded(1)]);
      expect(record.held).toEqual({ question: 1, passage: 2 });
    });

    it('takes writes and reads at once', async () => {
      const numbers = Array.from({ length: 200 }, (_, n) => n);
      await Promise.all(
        numbers.map(async (n) => {
          await record.write([recorded(n)]);
          expect(await record.read([recorded(n)])).toEqual([recorded(n).vector]);
        }),
      );
      expect(await record.read(numbers.map((n) => recorded(n)))).toEqual(numbers.map((n) => recorded(n).vector));
    });
  });
}
