/** Retrieval for a snapshot: candidates from the index and from what is pending, verified against the state, scored by one scorer. */
import type { EmbedderIdentity } from '../retrieval/embedder.js';
import type { Asked, AskingRequest, Sources } from './assemble.js';

export interface Retriever {
  /** Stamped into every snapshot. */
  readonly identity: { readonly generation: string; readonly embedder: EmbedderIdentity | null };
  /** What bears on the request's question, best first. */
  retrieve(sources: Sources, request: AskingRequest): Promise<Asked>;
}
