/** Text to vectors. The default is none: retrieval is lexical. Contract: `embedder.contract.ts`. */

/**
 * A vector is a function of text, role and this identity; it is in the stamp of every snapshot that used one. `revision` names all
 * else that a vector depends on: of a model its files, number format, pooling, prefixes, window and runtime.
 */
export interface EmbedderIdentity {
  readonly id: string;
  readonly revision: string;
  readonly dimensions: number;
}

/** Some models want to be told which side of a search a text is on, so the same text may have two vectors. */
export type EmbeddingRole = 'question' | 'passage';

/** `awaited`: somebody waits for the answer that needs it. `background`: work that is put off while somebody waits. */
export type EmbeddingPace = 'awaited' | 'background';

export interface Embedder {
  readonly identity: EmbedderIdentity;
  /**
   * One vector of length 1 per text, in order. The same text in the same role gives the same bits, alone or in any batch; any string
   * has a vector, and what a model cannot read of a long one has no part in it. Questions are always awaited; passages are, unless
   * told otherwise. Rejects with `overloaded` when too much is queued, `unreachable` when the model died at it; both are retriable.
   */
  embed(texts: readonly string[], role: EmbeddingRole, pace?: EmbeddingPace): Promise<readonly Float32Array[]>;
}

/** The identity as one line: equal exactly when the identities are. */
export function identityText({ id, revision, dimensions }: EmbedderIdentity): string {
  return JSON.stringify([id, revision, dimensions]);
}
