/** Vectors by the hash of their text: a text that is known is never embedded again, so a rebuild of known text asks no model. */
import type { Digest } from '../domain/canonical.js';
import { limits } from '../limits.js';
import type { Embedder } from './embedder.js';
import type { Passage } from './port.js';

export class VectorCache {
  readonly #embedder: Embedder;
  /** In order of last use: a Map keeps the order of insertion. */
  readonly #vectors = new Map<Digest, Float32Array>();

  constructor(embedder: Embedder) {
    this.#embedder = embedder;
  }

  /** One vector per passage, in order. Texts that are not known are embedded in one call. */
  async vectorsOf(passages: readonly Passage[]): Promise<readonly Float32Array[]> {
    const missing = new Map(
      passages.filter(({ hash }) => !this.#vectors.has(hash)).map(({ hash, text }) => [hash, text]),
    );
    const made = missing.size === 0 ? [] : await this.#embedder.embed([...missing.values()]);
    const fresh = new Map([...missing.keys()].map((hash, index) => [hash, made[index]]));
    return passages.map(({ hash }) => this.#keep(hash, this.#vectors.get(hash) ?? fresh.get(hash)));
  }

  /** The same of passages that are known by their hashes alone; undefined where a vector is missing, which takes the text. */
  known(passages: readonly Pick<Passage, 'hash'>[]): readonly Float32Array[] | undefined {
    if (!passages.every(({ hash }) => this.#vectors.has(hash))) return undefined;
    return passages.map(({ hash }) => this.#keep(hash, this.#vectors.get(hash)));
  }

  #keep(hash: Digest, vector: Float32Array | undefined): Float32Array {
    if (vector === undefined) throw new Error('the embedder returned fewer vectors than texts');
    this.#vectors.delete(hash);
    this.#vectors.set(hash, vector);
    if (this.#vectors.size > limits.vectorCacheMax) this.#forgetOldest();
    return vector;
  }

  #forgetOldest(): void {
    const oldest = this.#vectors.keys().next();
    if (!oldest.done) this.#vectors.delete(oldest.value);
  }
}
