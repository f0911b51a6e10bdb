/**
 * An embedder without a model: signed feature hashing (Weinberger et al., "Feature Hashing for Large Scale Multitask Learning",
 * 2009) of terms and their letter triples. It knows spelling, not meaning; it is here so that everything that vectors pass through
 * runs, and can be tested, without a download.
 */
import type { Embedder, EmbedderIdentity } from './embedder.js';
import { countTerms, tokenize, tokenizerId } from './tokenizer.js';

const DIMENSIONS = 256;
/** A shared triple is weaker evidence than a shared term. */
const TRIPLE_WEIGHT = 0.3;

export class HashingEmbedder implements Embedder {
  readonly identity: EmbedderIdentity = {
    id: 'tidemark-hashing',
    revision: `1/${tokenizerId}`,
    dimensions: DIMENSIONS,
  };

  async embed(texts: readonly string[]): Promise<readonly Float32Array[]> {
    return texts.map(vectorOf);
  }
}

function vectorOf(text: string): Float32Array {
  const sums = new Float64Array(DIMENSIONS);
  for (const [term, count] of countTerms(tokenize(text))) {
    // The square root is exact in IEEE 754, unlike a logarithm; it keeps a repeated word from being all of the vector.
    const weight = Math.sqrt(count);
    addFeature(sums, `w${term}`, weight);
    const padded = `^${term}$`;
    for (let i = 0; i + 3 <= padded.length; i++) addFeature(sums, `t${padded.slice(i, i + 3)}`, weight * TRIPLE_WEIGHT);
  }
  return unitVector(sums);
}

function addFeature(sums: Float64Array, feature: string, weight: number): void {
  const hash = hashOf(feature);
  const at = hash % DIMENSIONS;
  sums[at] = (sums[at] ?? 0) + (hash >>> 31 === 0 ? weight : -weight);
}

/** Text without a term, or whose features cancel out, gets the first axis: every vector has length 1. */
function unitVector(sums: Float64Array): Float32Array {
  let squares = 0;
  for (const sum of sums) squares += sum * sum;
  const length = Math.sqrt(squares);
  if (length === 0) return Float32Array.from(sums, (_, i) => (i === 0 ? 1 : 0));
  return Float32Array.from(sums, (sum) => sum / length);
}

/** FNV-1a over UTF-16 units and the finalizer of MurmurHash3, both public domain; unsigned, 32 bits. */
function hashOf(feature: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < feature.length; i++) hash = Math.imul(hash ^ feature.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
