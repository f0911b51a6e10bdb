/** An index that can be rolled back: to what it was some writes ago, as a build restored from an older copy is, or to nothing. */
import { MemoryIndex } from '../../connectors/memory/index.js';
import type { IndexAnswer, IndexQuery, IndexWrite, RetrievalIndex } from '../../src/retrieval/port.js';

export class OlderIndex implements RetrievalIndex {
  readonly isDurable = false;
  readonly #writes: IndexWrite[] = [];
  #index: MemoryIndex;

  constructor(readonly generation: string) {
    this.#index = new MemoryIndex(generation);
  }

  async apply(writes: readonly IndexWrite[]): Promise<void> {
    this.#writes.push(...writes);
    await this.#index.apply(writes);
  }

  search(query: IndexQuery): Promise<IndexAnswer> {
    return this.#index.search(query);
  }

  count(tenant: string): Promise<number> {
    return this.#index.count(tenant);
  }

  get writeCount(): number {
    return this.#writes.length;
  }

  /** As it was after so many writes. */
  async rollBack(writeCount: number): Promise<void> {
    this.#index = new MemoryIndex(this.generation);
    await this.#index.apply(this.#writes.slice(0, writeCount));
  }
}
