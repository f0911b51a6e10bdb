import { describe, expect, it } from 'vitest';
import { VectorCache } from './vector-cache.js';

const flat = ['orders:0', '7'];

describe('positions that were read', () => {
  it('are known by the seq they were read at, in the contents they were read from and in no others', () => {
    const vectors = new VectorCache();
    expect(vectors.known('a')).toBeUndefined();
    const vector = vectors.read(flat, { contents: 'a', seq: '12' });
    expect(vectors.known('a')).toEqual({ contents: 'a', seq: '12', vector });
    expect(vectors.known('b')).toBeUndefined();
  });

  it('are known by no seq when they were read without one', () => {
    const vectors = new VectorCache();
    const vector = vectors.read(flat);
    expect(vectors.known('a')).toBeUndefined();
    expect(vectors.read([...flat], { contents: 'a', seq: '12' })).toBe(vector);
  });
});
