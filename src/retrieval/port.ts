/**
 * The retrieval index: finds candidate passages. It proposes; it never decides: the caller checks every hit against the state
 * store and scores it again with the shared scorer. It has no statistics of its own: what a question weighs comes with the
 * question, so the order is the scorer's whatever the index holds by now. It may be approximate, as long as it says how good what
 * it left out can be at most: then whoever asks knows when to stop (Fagin's threshold algorithm, Fagin, Lotem and Naor, "Optimal
 * Aggregation Algorithms for Middleware", PODS 2001). Implementations: `connectors/memory`, `connectors/qdrant`. Contract:
 * `contract.ts`, and `order.contract.ts` for one that keeps the scorer's order.
 */
import type { Digest } from '../domain/canonical.js';
import type { EntityKey, Ref } from '../domain/entity.js';
import type { Kind } from '../domain/kinds/index.js';
import type { WeighedQuestion } from './scorer.js';

/** Retrievable text of an entity. `id` is stable: `ref#n`. */
export interface Passage {
  readonly id: `${Ref}#${number}`;
  readonly text: string;
  /** UTF-16 units at the beginning of the text that are the title of the rest, and count more; 0 for none. */
  readonly titleChars: number;
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
  /** Entities. A larger one finds more, or bounds what is left out more closely; from some limit on nothing is left out. */
  readonly limit: number;
}

/** An entity that may match. */
export interface IndexHit {
  readonly key: EntityKey;
  /** What the index has seen of it; the caller drops the hit when the state store has another hash. */
  readonly entityHash: Digest;
}

export interface IndexAnswer {
  /** At most `limit`, each entity once, in any order. */
  readonly hits: readonly IndexHit[];
  /**
   * No entity of the scope that is not among the hits scores more than this for the question, by `scoreEntity` over what the index
   * holds of it, rounding and noise of the index's own arithmetic included. 0 or less: no other matches.
   */
  readonly beyond: number;
  /** Where it is known: an entity that is not among the hits and scores exactly `beyond` comes after this one in `compareRanked`. */
  readonly beyondRef?: Ref;
}

/** Under which name the state knows an index that outlives its process, and how far it had come. */
export interface IndexMark {
  readonly index: string;
  /** Of the index itself, above that of anything it took before. */
  readonly revision: number;
}

/** Of an index that may lose what it holds, or be given what it should not have. Counted since the start. */
export interface IndexFacts {
  /** Points that came in answers and were not believed: foreign, damaged, or no passages. */
  readonly dropped: number;
  /** Times it was found to have lost what it held. */
  readonly lost: number;
  /** Times it would not take an entity as it is. */
  readonly refused: number;
}

export interface RetrievalIndex {
  /** Identifies this build of the index: tokenizer, passage rules, embedder. In every stamp. */
  readonly generation: string;
  /** Whether what was applied is still there in the next process. What is not durable is filled from the state at every start. */
  readonly isDurable: boolean;
  /** Absent: it is in this process, and holds what it was given. */
  readonly facts?: IndexFacts;
  /** As of what was applied last. Absent where the index begins with its process. */
  readonly mark?: IndexMark;
  /**
   * All of it is visible to the next search when the promise resolves. Rejects with `index_unavailable` when it cannot be done in time,
   * and with an `IndexRefusal` when it would not be done at any time: then some of it may have been.
   */
  apply(writes: readonly IndexWrite[]): Promise<void>;
  /** Rejects with `index_unavailable` when the index cannot be asked in time. */
  search(query: IndexQuery): Promise<IndexAnswer>;
  /** Passages held for a tenant. */
  count(tenant: string): Promise<number>;
}
