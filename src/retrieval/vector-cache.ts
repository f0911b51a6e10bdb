/**
 * Vectors by the hash of their text: in memory those used last, behind it the record of all that were ever made. A text that either
 * knows is never embedded again, so a rebuild of known text asks no model.
 */
import { type Digest, digestOf } from '../domain/canonical.js';
import { limits } from '../limits.js';
import type { Embedder, EmbeddingPace, EmbeddingRole } from './embedder.js';
import type { RetrievalMethod } from './method.js';
import type { Passage } from './port.js';
import { assertRecordOf, type RecordedVector, type VectorKey, type VectorRecord } from './vector-record.js';

export interface VectorCacheOptions {
  /** Absent: a vector that memory has forgotten is made again. */
  readonly record?: VectorRecord | undefined;
  /** Of the record: an answer does not fail because its vectors could not be kept, or because their bytes cannot be read. */
  readonly onFailure?: (error: unknown) => void;
}

interface Wanted extends VectorKey {
  readonly text: string;
}

export class VectorCache {
  readonly #embedder: Embedder;
  readonly #options: VectorCacheOptions;
  /** In order of last use: a Map keeps the order of insertion. */
  readonly #vectors = new Map<string, Float32Array>();

  /** Throws `config_invalid` for a record of another model. */
  constructor(embedder: Embedder, options: VectorCacheOptions = {}) {
    if (options.record !== undefined) assertRecordOf(embedder.identity, options.record.embedder);
    this.#embedder = embedder;
    this.#options = options;
  }

  /** Of a method; null when it has no model. `onFailure` hears of its record. */
  static of({ embedder, record }: Pick<RetrievalMethod, 'embedder' | 'record'>, onFailure: (error: unknown) => void) {
    return embedder === null ? null : new VectorCache(embedder, { record, onFailure });
  }

  /** One vector per passage, in order. Texts that are not known are embedded in one call. */
  async vectorsOf(passages: readonly Passage[], pace: EmbeddingPace = 'awaited'): Promise<readonly Float32Array[]> {
    const known = this.known(passages);
    if (known !== undefined) return known;
    return this.#vectorsOf(
      passages.map(({ hash, text }) => ({ role: 'passage', hash, text })),
      'passage',
      pace,
    );
  }

  /** The same of passages that are known by their hashes alone; undefined where memory lacks a vector, which takes the text. */
  known(passages: readonly Pick<Passage, 'hash'>[]): readonly Float32Array[] | undefined {
    const vectors: Float32Array[] = [];
    for (const { hash } of passages) {
      const vector = this.#vectors.get(nameOf({ role: 'passage', hash }));
      if (vector === undefined) return undefined;
      vectors.push(vector);
    }
    for (const [index, { hash }] of passages.entries()) this.#keep({ role: 'passage', hash }, vectors[index]);
    return vectors;
  }

  /** From the record into memory, in one go, what that lacks of these: `known` then tells all that takes no model. */
  async recall(passages: readonly Pick<Passage, 'hash'>[]): Promise<void> {
    const found = new Map<Digest, Float32Array>();
    const lacking = new Map(passages.map(({ hash }) => [hash, { role: 'passage', hash } as const]));
    for (const [hash, key] of lacking) if (this.#vectors.has(nameOf(key))) lacking.delete(hash);
    if (lacking.size > 0) await this.#readInto(found, [...lacking.values()]);
    for (const [hash, vector] of found) this.#keep({ role: 'passage', hash }, vector);
  }

  async ofQuestion(text: string): Promise<Float32Array> {
    const [vector] = await this.ofQuestions([text]);
    return present(vector);
  }

  /** One vector per text, in order: of a question, its parts and what was said before it. What is not known is embedded in one call. */
  async ofQuestions(texts: readonly string[]): Promise<readonly Float32Array[]> {
    const wanted = texts.map((text) => ({ role: 'question' as const, hash: digestOf(text), text }));
    return this.#vectorsOf(wanted, 'question', 'awaited');
  }

  async #vectorsOf(wanted: readonly Wanted[], role: EmbeddingRole, pace: EmbeddingPace) {
    // Held here as well: what memory keeps may be pushed out by others before all of these are there.
    const found = new Map<Digest, Float32Array>();
    const lacking = () => wanted.filter(({ hash }) => !found.has(hash));
    for (const key of wanted) take(found, key.hash, this.#vectors.get(nameOf(key)));
    if (lacking().length > 0) await this.#readInto(found, lacking());
    const unknown = new Map(lacking().map(({ hash, text }) => [hash, text]));
    if (unknown.size > 0) {
      const made = await this.#embedder.embed([...unknown.values()], role, pace);
      const entries = [...unknown.keys()].map((hash, index) => ({ role, hash, vector: present(made[index]) }));
      for (const { hash, vector } of entries) found.set(hash, vector);
      await this.#record(entries);
    }
    for (const key of wanted) this.#keep(key, found.get(key.hash));
    return wanted.map(({ hash }) => present(found.get(hash)));
  }

  async #readInto(found: Map<Digest, Float32Array>, keys: readonly VectorKey[]): Promise<void> {
    const { record, onFailure } = this.#options;
    if (record === undefined) return;
    try {
      const vectors = await record.read(keys);
      for (const [index, { hash }] of keys.entries()) take(found, hash, vectors[index]);
    } catch (error) {
      onFailure?.(error);
    }
  }

  async #record(entries: readonly RecordedVector[]): Promise<void> {
    try {
      await this.#options.record?.write(entries);
    } catch (error) {
      this.#options.onFailure?.(error);
    }
  }

  #keep(key: VectorKey, vector: Float32Array | undefined): void {
    if (vector === undefined) return;
    const name = nameOf(key);
    this.#vectors.delete(name);
    this.#vectors.set(name, vector);
    if (this.#vectors.size <= limits.vectorCacheMax) return;
    const oldest = this.#vectors.keys().next();
    if (!oldest.done) this.#vectors.delete(oldest.value);
  }
}

function nameOf({ role, hash }: VectorKey): string {
  return role === 'question' ? `question ${hash}` : hash;
}

function take(found: Map<Digest, Float32Array>, hash: Digest, vector: Float32Array | undefined): void {
  if (vector !== undefined) found.set(hash, vector);
}

function present(vector: Float32Array | undefined): Float32Array {
  if (vector === undefined) throw new Error('the embedder returned fewer vectors than texts');
  return vector;
}
