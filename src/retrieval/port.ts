/**
 * The retrieval index: finds candidate passages. It proposes; it never decides: the caller checks every hit against the state
 * store and scores it again with the shared scorer. It has no statistics of its own: what a question weighs comes with the
 * question, so the order is the scorer's whatever the index holds by now. Implementations: `connectors/memory`, later Qdrant.
 * Contract: `contract.ts`.
 */
import type { Digest } from '../domain/canonical.js';
import type { EntityKey, Ref } from '../domain/entity.js';
import type { Kind } from '../domain/kinds/index.js';
import type { WeighedQuestion } from './scorer.js';

/** Retrievable text of an entity. `id` is stable: `ref#n`. */
export interface Passage {
  readonly id: `${Ref}#${number}`;
  readonly text: string;
  /** Digest of the text: the cache key of its vector and the proof that a hit is current. */
  readonly hash: Digest;
}

/** Everything the index holds of one entity; an empty list of passages takes it out. */
export interface IndexWrite {
  readonly key: EntityKey;
  /** The entity's content hash (`Entity.hash`), or null when it is deleted. */
  readonly entityHash: Digest | null;
  /** Writes with a revision at or below the known one change nothing: a late write never undoes a newer one. */
  readonly revision: number;
  readonly passages: readonly Passage[];
  /** One vector per passage, in order; empty when the index is lexical only. */
  readonly vectors: readonly Float32Array[];
}

/** What may be looked at. The tenant is not optional and not empty: an unfiltered query cannot be written. */
export interface IndexScope {
  readonly tenant: string;
  readonly kind: Kind;
}

export interface IndexQuery {
  readonly scope: IndexScope;
  /** Weighed by the caller's statistics; without a vector the search is lexical. */
  readonly question: WeighedQuestion;
  /** Entities. Fewer are returned only when no more match. */
  readonly limit: number;
}

/** An entity that the scorer gives more than 0 for the passages the index holds. */
export interface IndexHit {
  readonly key: EntityKey;
  /** What the index has seen of it; the caller drops the hit when the state store has another hash. */
  readonly entityHash: Digest;
}

export interface RetrievalIndex {
  /** Identifies this build of the index: tokenizer, passage rules, embedder. In every stamp. */
  readonly generation: string;
  /** All of it is visible to the next search when the promise resolves. */
  apply(writes: readonly IndexWrite[]): Promise<void>;
  /** Each entity once, in the order of the scorer (`scoreEntity`, `compareRanked`), so the first of them are the best. */
  search(query: IndexQuery): Promise<readonly IndexHit[]>;
  /** Passages held for a tenant. */
  count(tenant: string): Promise<number>;
}
