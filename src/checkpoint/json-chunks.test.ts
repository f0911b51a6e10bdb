import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../limits.js';
import { itemsIn, jsonChunks } from './json-chunks.js';

describe('lists of small things in a checkpoint', () => {
  it('are what they were when they are read again, offsets, bytes and texts that look like tags among them', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('\u0000n1', '\u0000b', '\u0000s'));
    const value = fc.oneof(text, fc.bigInt(), fc.uint8Array(), fc.boolean(), fc.constant(null));
    const item = fc.record({ value, list: fc.array(value) });
    fc.assert(
      fc.property(fc.array(item), (items) => {
        expect(itemsIn([...jsonChunks(items)])).toEqual(items);
      }),
    );
  });

  it('are cut by bytes, not by characters', () => {
    const items = Array.from({ length: 900 }, (_, n) => `${n}${'ü€'.repeat(500)}`);
    const chunks = [...jsonChunks(items)];
    expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThanOrEqual(limits.checkpointChunkBytes);
    expect(itemsIn(chunks)).toEqual(items);
  });

  it('hold an item larger than a chunk alone', () => {
    const items = ['a', 'b'.repeat(limits.checkpointChunkBytes), 'c'];
    expect([...jsonChunks(items)].map((chunk) => itemsIn([chunk]).length)).toEqual([1, 1, 1]);
  });
});
