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

/** Cosine of vectors of length 1. */
export function cosine(a: Float32Array, b: Float32Array): number {
  invariant(a.length === b.length, 'vectors of one index have one dimension');
  return dotAt(b, 0, a);
}
