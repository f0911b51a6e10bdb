/** A record of vectors that lasts as long as the process: for evaluations, which ask one model about many set-ups. */
import type { EmbedderIdentity, EmbeddingRole } from '../../src/retrieval/embedder.js';
import {
  assertDimensions,
  type RecordedVector,
  type VectorKey,
  type VectorRecord,
} from '../../src/retrieval/vector-record.js';

export class MemoryVectorRecord implements VectorRecord {
  readonly embedder: EmbedderIdentity;
  readonly #vectors = new Map<string, Float32Array>();

  constructor(embedder: EmbedderIdentity) {
    this.embedder = embedder;
  }

  get size(): number {
    return this.#vectors.size;
  }

  get held(): Readonly<Record<EmbeddingRole, number>> {
    const question = [...this.#vectors.keys()].filter((name) => name.startsWith('question ')).length;
    return { question, passage: this.#vectors.size - question };
  }

  async read(keys: readonly VectorKey[]): Promise<readonly (Float32Array | undefined)[]> {
    return keys.map(({ role, hash }) => this.#vectors.get(`${role} ${hash}`));
  }

  async write(entries: readonly RecordedVector[]): Promise<void> {
    assertDimensions(this.embedder, entries);
    for (const { role, hash, vector } of entries) this.#vectors.set(`${role} ${hash}`, vector);
  }

  async close(): Promise<void> {}
}
