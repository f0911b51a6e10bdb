/**
 * The retrieval index in memory: exact BM25 and exact vector scan, one corpus per tenant and kind. Nothing of one tenant is in
 * another's corpus, so neither results nor scores can cross. It is rebuilt from the log at start.
 */

import type { Kind } from '../../src/domain/kinds/index.js';
import { invariant } from '../../src/errors.js';
import type { IndexAnswer, IndexQuery, IndexWrite, RetrievalIndex } from '../../src/retrieval/port.js';
import { Corpus } from './bm25-corpus.js';
import { VectorArena } from './vector-arena.js';

export class MemoryIndex implements RetrievalIndex {
  readonly generation: string;
  readonly isDurable = false;
  readonly #arena: VectorArena;
  readonly #tenants = new Map<string, Map<Kind, Corpus>>();

  constructor(generation: string, arena: VectorArena = new VectorArena()) {
    this.generation = generation;
    this.#arena = arena;
  }

  async apply(writes: readonly IndexWrite[]): Promise<void> {
    for (const write of writes) this.#corpusFor(write.key.tenant, write.key.kind).apply(write);
  }

  async search(query: IndexQuery): Promise<IndexAnswer> {
    requireTenant(query.scope.tenant);
    return this.#tenants.get(query.scope.tenant)?.get(query.scope.kind)?.search(query) ?? noAnswer;
  }

  async count(tenant: string): Promise<number> {
    requireTenant(tenant);
    let passages = 0;
    for (const corpus of this.#tenants.get(tenant)?.values() ?? []) passages += corpus.passageCount;
    return passages;
  }

  #corpusFor(tenant: string, kind: Kind): Corpus {
    requireTenant(tenant);
    const corpora = this.#tenants.get(tenant) ?? new Map<Kind, Corpus>();
    this.#tenants.set(tenant, corpora);
    const corpus = corpora.get(kind) ?? new Corpus(this.#arena);
    corpora.set(kind, corpus);
    return corpus;
  }
}

const noAnswer: IndexAnswer = { hits: [], beyond: 0 };

/** The type cannot say "not empty"; an empty one is a programmer's error, never a question for everything. */
function requireTenant(tenant: string): void {
  invariant(tenant !== '', 'the retrieval index is asked for one tenant');
}
