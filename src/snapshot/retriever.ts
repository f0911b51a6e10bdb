/** What assembly asks of retrieval, and what it hands over: all of one instant. */
import type { PresentEntity } from '../domain/entity.js';
import type { Applicant } from '../domain/force.js';
import type { PolicySet } from '../state/policy-set.js';
import type { OmittedDuplicate, RetrievalFacts, Stamp } from './manifest.js';
import type { ContextRequest, SearchRequest } from './request.js';
import type { Selected } from './select.js';

export type AskingRequest = (ContextRequest | SearchRequest) & { readonly question: string };

/** What an assembly reads from, all as of one instant. */
export interface Sources {
  readonly policies: PolicySet;
  /** The account's tickets and entitlements; none in a search without an account. */
  readonly members: readonly PresentEntity[];
  /** Null: nobody in particular asks, so conditions on plan, region and product are not applied. */
  readonly applicant: Applicant | null;
  readonly atMs: number;
}

/** What bears on the question, or without one what applies; `beyond` are those past the count limit. */
export interface Asked {
  readonly found: readonly Selected[];
  readonly beyond: readonly Selected[];
  /** What says the same as one of these that ranks before it. Absent: nothing does. */
  readonly duplicates?: readonly OmittedDuplicate[];
  readonly retrieval: RetrievalFacts | null;
}

/** What one snapshot retrieves with: all of one generation, taken once at its beginning. */
export interface Retrieval {
  /** As of now. */
  readonly live: Retriever;
  /** Ranks every policy there was; the same scorer. */
  readonly past: Retriever;
  /** Until what it returns is called, nothing of it is closed. Absent: nothing ever is. */
  hold?(): () => void;
}

export interface Retriever {
  /** Stamped into every snapshot. */
  readonly identity: Stamp['index'];
  /** What bears on the request's question, best first. */
  retrieve(sources: Sources, request: AskingRequest): Promise<Asked>;
  /** As this one answers while its index cannot be asked: what a replay of such an answer goes by. */
  withoutIndex(): Retriever;
}
