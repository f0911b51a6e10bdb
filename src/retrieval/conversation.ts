/**
 * A question with what was said before it: follow-ups ("and for gold customers?") leave out what the turns before them have named. Every
 * turn counts, and the longer ago it was said the less. A pure function of question, history and rules.
 */
import { limits } from '../limits.js';
import { tokenize } from './tokenizer.js';

/** What was said before the question, by whoever asked or by the copilot. */
export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly text: string;
}

/** The question itself weighs 1. */
export interface TurnWeights {
  /** By words: what the asker said one turn ago weighs this, two turns ago its square. 0: earlier turns do not count. */
  readonly lexicalDecay: number;
  /** The same by meaning. Every turn that counts costs an embedding. */
  readonly denseDecay: number;
  /** What an answer of the copilot weighs of the turn that it answers. */
  readonly assistantShare: number;
}

export interface WeighedText {
  readonly text: string;
  readonly weight: number;
}

export interface Conversation {
  /** How often each term occurs, each occurrence by the weight of its turn; at most `limits.termsMax` terms, the newest. */
  readonly counts: ReadonlyMap<string, number>;
  /** What is embedded, the question first. */
  readonly texts: readonly WeighedText[];
}

/** A turn of less weight changes no ranking that could be told from noise. */
const WEIGHT_MIN = 0.01;

/** `history`: oldest first. */
export function weighConversation(question: string, history: readonly Turn[], weights: TurnWeights): Conversation {
  const asked = { text: question, weight: 1 };
  const counts = new Map<string, number>();
  for (const { text, weight } of [asked, ...weighTurns(history, weights.lexicalDecay, weights)]) {
    for (const term of tokenize(text)) {
      const known = counts.get(term);
      if (known !== undefined || counts.size < limits.termsMax) counts.set(term, (known ?? 0) + weight);
    }
  }
  return { counts, texts: [asked, ...weighTurns(history, weights.denseDecay, weights)] };
}

/** The newest first. */
function weighTurns(history: readonly Turn[], decay: number, { assistantShare }: TurnWeights): readonly WeighedText[] {
  let weight = decay;
  const weighed: WeighedText[] = [];
  for (const { role, text } of history.toReversed()) {
    weighed.push({ text, weight: role === 'user' ? weight : weight * assistantShare });
    if (role === 'user') weight *= decay;
  }
  return weighed.filter((one) => one.weight >= WEIGHT_MIN);
}
