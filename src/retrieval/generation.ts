/** The name of one build of the index: everything that decides what it holds. */
import type { RetrievalMethod } from './method.js';
import { tokenizerId } from './tokenizer.js';

/** The same rules and model give the same name on every machine; a change of any of them is another generation. */
export function generationOf({ passages, embedder }: Pick<RetrievalMethod, 'passages' | 'embedder'>): string {
  const identity = embedder?.identity;
  const model = identity === undefined ? 'lexical' : `${identity.id}@${identity.revision}:${identity.dimensions}`;
  return `${tokenizerId}+${passages.id}+${model}`;
}
