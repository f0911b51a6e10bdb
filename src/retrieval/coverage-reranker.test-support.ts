/** A reranker without a model: the share of what is asked that one passage has the words of. */
import { weighConversation } from './conversation.js';
import type { RerankCandidate, Reranker, Reread } from './reranker.js';
import { tokenize } from './tokenizer.js';

const turns = { lexicalDecay: 0.3, denseDecay: 0, assistantShare: 0 };

export class CoverageReranker implements Reranker {
  readonly id = 'coverage-1';

  constructor(readonly depth = 20) {}

  async rerank({ question, history }: Reread, candidates: readonly RerankCandidate[]): Promise<readonly number[]> {
    const { counts } = weighConversation(question, history, turns);
    return candidates.map(({ passages }) => Math.max(...passages.map((text) => coverage(counts, text))));
  }
}

function coverage(counts: ReadonlyMap<string, number>, text: string): number {
  const held = new Set(tokenize(text));
  let [all, covered] = [0, 0];
  for (const [term, weight] of counts) {
    all += weight;
    if (held.has(term)) covered += weight;
  }
  return all === 0 ? 0 : covered / all;
}
