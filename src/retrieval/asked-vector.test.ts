import { describe, expect, it } from 'vitest';
import { vectorOf } from './asked-vector.js';

const known: Readonly<Record<string, Float32Array>> = { x: Float32Array.of(1, 0), y: Float32Array.of(0, 1) };
const vectors = {
  ofQuestions: async (texts: readonly string[]) => texts.map((text) => known[text] ?? Float32Array.of(0.6, 0.8)),
};
const words = { partsOf: (text: string) => text.split(' ') };

describe('the vector of what is asked', () => {
  it('is that of the question where it is all there is, bit by bit', async () => {
    expect(await vectorOf([{ text: 'x', weight: 1 }], vectors, {})).toBe(known.x);
  });

  it('is the mean by weight, at length 1', async () => {
    const texts = [
      { text: 'x', weight: 1 },
      { text: 'y', weight: 0.75 },
    ];
    expect([...(await vectorOf(texts, vectors, {}))]).toEqual([...Float32Array.of(0.8, 0.6)]);
  });

  it('counts a text of many parts no more than one of a single part', async () => {
    const texts = [
      { text: 'x x x', weight: 1 },
      { text: 'y', weight: 1 },
    ];
    const [a = 0, b = 0] = await vectorOf(texts, vectors, words);
    expect(a).toBeCloseTo(b, 6);
  });
});
