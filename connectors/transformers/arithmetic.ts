/** What is done to a text's tokens before the model and to its output after it, in one fixed order of summation. */
import type { TensorLike } from './library.js';
import type { Pooling } from './settings.js';

/**
 * At most `tokensMax` ids. What the tokenizer adds at the end of every text (`emptyIds` are those of the empty one) stays there when a
 * text is cut: without its closing token a text is another one to the model.
 */
export function cutTokens(ids: BigInt64Array, emptyIds: BigInt64Array, tokensMax: number): BigInt64Array {
  if (ids.length <= tokensMax) return ids;
  let closing = emptyIds.length;
  while (closing > 0 && !endsAlike(ids, emptyIds, closing)) closing--;
  const cut = ids.slice(0, tokensMax);
  cut.set(ids.subarray(ids.length - closing), tokensMax - closing);
  return cut;
}

function endsAlike(a: BigInt64Array, b: BigInt64Array, count: number): boolean {
  for (let i = 1; i <= count; i++) if (a[a.length - i] !== b[b.length - i]) return false;
  return true;
}

/** A vector of length 1; of a text without tokens, or whose numbers cancel out, the first axis. */
export function pooled({ type, dims, data }: TensorLike, pooling: Pooling): Float32Array {
  if (type !== 'float32') throw new Error(`the graph answers in ${type}, and float32 is read`);
  const dimensions = dims.at(-1) ?? 0;
  const tokens = pooling === 'mean' ? (dims.at(-2) ?? 1) : 1;
  const sums = new Float64Array(dimensions);
  for (let token = 0; token < tokens; token++) {
    for (let i = 0; i < dimensions; i++) sums[i] = (sums[i] ?? 0) + Number(data[token * dimensions + i] ?? 0);
  }
  let squares = 0;
  for (const sum of sums) squares += sum * sum;
  const length = Math.sqrt(squares);
  // Also for numbers that are none.
  if (!(length > 0 && Number.isFinite(length))) return Float32Array.from(sums, (_, i) => (i === 0 ? 1 : 0));
  return Float32Array.from(sums, (sum) => sum / length);
}
