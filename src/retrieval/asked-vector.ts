/** The one vector of all that is asked: of the question, of what was said before it, and of the parts of what is too long for the model. */
import type { WeighedText } from './conversation.js';
import type { PassageRules } from './method.js';
import type { VectorCache } from './vector-cache.js';
import { meanOf } from './vectors.js';

/** The weight of a text is shared by its parts, so that a long turn counts no more than a short one. */
export async function vectorOf(
  texts: readonly WeighedText[],
  vectors: Pick<VectorCache, 'ofQuestions'>,
  rules: Pick<PassageRules, 'partsOf'>,
): Promise<Float32Array> {
  const parts = texts.flatMap((text) => partsOf(text, rules));
  const made = await vectors.ofQuestions(parts.map(({ text }) => text));
  return meanOf(made.map((vector, index) => ({ vector, weight: parts[index]?.weight ?? 0 })));
}

function partsOf({ text, weight }: WeighedText, rules: Pick<PassageRules, 'partsOf'>): readonly WeighedText[] {
  const parts = rules.partsOf?.(text) ?? [text];
  return parts.map((part) => ({ text: part, weight: weight / parts.length }));
}
