/** Arithmetic of vectors, in one order of summation, so that the scorer and an exact scan get the same bits everywhere. */
import { invariant } from '../errors.js';

/**
 * Dot product of `vector` with the equally many numbers of `matrix` from `start`; of vectors of length 1 it is their cosine.
 * Four sums in doubles, added at the end: one sum would wait for itself at every step, and that order is as fixed as any.
 */
export function dotAt(matrix: Float32Array, start: number, vector: Float32Array): number {
  const whole = vector.length - (vector.length % 4);
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < whole; i += 4) {
    const at = start + i;
    a += (vector[i] ?? 0) * (matrix[at] ?? 0);
    b += (vector[i + 1] ?? 0) * (matrix[at + 1] ?? 0);
    c += (vector[i + 2] ?? 0) * (matrix[at + 2] ?? 0);
    d += (vector[i + 3] ?? 0) * (matrix[at + 3] ?? 0);
  }
  for (let i = whole; i < vector.length; i++) a += (vector[i] ?? 0) * (matrix[start + i] ?? 0);
  return a + b + (c + d);
}

export interface WeighedVector {
  readonly vector: Float32Array;
  /** Above 0. */
  readonly weight: number;
}

/**
 * The mean by weight, at length 1: of a text that is more than one, so that every index compares one vector. Of one vector it is that
 * vector, bit by bit. The first one where they cancel out.
 */
export function meanOf(vectors: readonly WeighedVector[]): Float32Array {
  const first = vectors[0]?.vector;
  invariant(first !== undefined, 'there is a mean of at least one vector');
  if (vectors.length === 1) return first;
  const sum = new Float64Array(first.length);
  for (const { vector, weight } of vectors) {
    invariant(vector.length === first.length, 'vectors of one embedder have one dimension');
    for (const [at, value] of vector.entries()) sum[at] = (sum[at] ?? 0) + weight * value;
  }
  const length = Math.sqrt(sum.reduce((squares, value) => squares + value * value, 0));
  return length === 0 ? first : Float32Array.from(sum, (value) => value / length);
}

/** Cosine of vectors of length 1. */
export function cosine(a: Float32Array, b: Float32Array): number {
  invariant(a.length === b.length, 'vectors of one index have one dimension');
  return dotAt(b, 0, a);
}
