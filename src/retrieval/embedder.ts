/** Text to vectors. The default is none: retrieval is lexical. Contract: `embedder.contract.ts`. */

/** A vector is a function of text and this identity; both are in the stamp of every snapshot that used one. */
export interface EmbedderIdentity {
  readonly id: string;
  readonly revision: string;
  readonly dimensions: number;
}

export interface Embedder {
  readonly identity: EmbedderIdentity;
  /** One vector of length 1 per text, in order. The same text gives the same bits, alone or in any batch. */
  embed(texts: readonly string[]): Promise<readonly Float32Array[]>;
}
