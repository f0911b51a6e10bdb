/** The messages of a snapshot: its items, as data of a prompt. */
import { canonicalJson } from '../domain/canonical.js';
import { refOf } from '../domain/entity.js';
import { kinds } from '../domain/kinds/index.js';
import { type DataItem, type PromptCall, type Rendered, renderPrompt } from '../prompts/prompt.js';
import type { Freshness } from './freshness.js';
import type { Selected } from './select.js';

export interface Prompted {
  readonly items: readonly Selected[];
  readonly question: string | null;
  /** As it was measured: the label is told to the model. */
  readonly freshness: Freshness;
}

/** A pure function of the prompt, its inputs, and what is released beside it; null where no prompt was asked for. */
export async function messagesFor(
  call: PromptCall | undefined,
  { items, question, freshness }: Prompted,
): Promise<Rendered | null> {
  if (call === undefined) return null;
  return renderPrompt(call, { items: items.map(dataOf), question, freshness: freshness.label });
}

/** Members in canonical order. No position is in it: the same content gives the same messages, whatever event brought it. */
function dataOf({ entity, successor }: Selected): DataItem {
  const next = successor === null ? '' : `"successor":${canonicalJson(successor)},`;
  const json = `{"ref":${JSON.stringify(refOf(entity.key))},${next}"value":${entity.json}}`;
  return { trust: kinds[entity.key.kind].trust, json };
}
