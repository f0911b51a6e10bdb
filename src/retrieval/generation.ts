/** The name of one build of the index: everything that decides what it holds. */
import type { EmbedderIdentity } from './embedder.js';
import { passageRulesId } from './passages.js';
import { tokenizerId } from './tokenizer.js';

/** The same rules and model give the same name on every machine; a change of any of them is another generation. */
export function generationOf(embedder: EmbedderIdentity | null): string {
  const model = embedder === null ? 'lexical' : `${embedder.id}@${embedder.revision}:${embedder.dimensions}`;
  return `${tokenizerId}+${passageRulesId}+${model}`;
}
