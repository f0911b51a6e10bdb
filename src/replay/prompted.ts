/** The prompt that a recorded snapshot was released with, to be rendered again. */
import { canonicalJson } from '../domain/canonical.js';
import { type PromptCall, rendererId } from '../prompts/prompt.js';
import type { PromptSet } from '../prompts/prompt-set.js';
import type { RecordedManifest } from '../snapshot/recorded.js';
import type { UnreplayableReason } from './verdict.js';

export type PromptFinding =
  | { readonly kind: 'none' }
  | { readonly kind: 'found'; readonly call: PromptCall }
  | { readonly kind: 'gone'; readonly reason: UnreplayableReason; readonly detail: string };

/** By its digest: a version of the same number with other bytes is another prompt. */
export function promptBehind(prompts: PromptSet, { parsed }: Pick<RecordedManifest, 'parsed'>): PromptFinding {
  const stamped = parsed.stamp.prompt;
  if (stamped === undefined) return { kind: 'none' };
  const { id, variant = null, version, hash, input, renderer } = stamped;
  if (renderer !== rendererId) {
    return { kind: 'gone', reason: 'code_version', detail: `rendered by ${renderer}, this is ${rendererId}` };
  }
  const named = canonicalJson({ id, variant, version });
  const prompt = prompts.find({ id, variant }, version);
  if (prompt === undefined) return { kind: 'gone', reason: 'prompt_missing', detail: `${named} is not kept` };
  if (prompt.hash !== hash)
    return { kind: 'gone', reason: 'prompt_missing', detail: `${named} has other bytes by now` };
  return { kind: 'found', call: { prompt, inputs: input } };
}
