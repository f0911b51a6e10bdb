/** One version of a prompt, and what it comes to over a snapshot: a pure function of the file's bytes and of what it is shown. */
import { canonicalJson, type Digest } from '../domain/canonical.js';
import { type DataBlock, fenced, markerOf, plainLine, rulesOf, type Trust } from './fence.js';
import type { Inputs } from './inputs.js';
import type { Template } from './template.js';

/** Raised when the same prompt over the same data would give other bytes. */
export const rendererId = 'prompt-renderer-2';

export interface Prompt extends Omit<Template, 'version'> {
  /** A whole number, as text. */
  readonly version: string;
  /** SHA-256 of the file. */
  readonly hash: Digest;
}

/** A prompt with what it is told, checked by `inputFaults`. */
export interface PromptCall {
  readonly prompt: Prompt;
  readonly inputs: Inputs;
}

export interface DataItem {
  readonly trust: 'business' | 'customer';
  /** `ref`, `value` and, of a policy that will be followed, `successor`: one line. */
  readonly json: string;
}

/** What a prompt shows of a snapshot. */
export interface Shown {
  readonly items: readonly DataItem[];
  readonly question: string | null;
  /** A freshness label: a word of ours. */
  readonly freshness: string;
}

/** What is stamped: enough to render again. */
export interface PromptStamp {
  readonly id: string;
  /** Absent: the prompt of this name without a variant. */
  readonly variant?: string;
  readonly version: string;
  readonly hash: Digest;
  readonly input: Inputs;
  readonly renderer: string;
}

export interface Rendered {
  readonly stamp: PromptStamp;
  /** Canonical JSON of the messages. */
  readonly messages: string;
}

export async function renderPrompt({ prompt, inputs }: PromptCall, shown: Shown): Promise<Rendered> {
  const { items, question, freshness } = shown;
  const context = items.map(({ trust, json }, index) => block(`item ${index + 1}`, trust, json));
  const beside = new Map(
    question === null ? [] : [['question', block('question', 'caller', JSON.stringify(question))]],
  );
  const texts = new Map([['freshness', freshness]]);
  for (const { name, values } of prompt.inputs) {
    const value = inputs[name];
    if (value === undefined) continue;
    if (values === null) beside.set(name, block(name, 'caller', JSON.stringify(value)));
    else texts.set(name, value);
  }
  const marker = markerOf(prompt.hash, [...context, ...beside.values()]);
  texts.set('rules', rulesOf(marker));
  texts.set('context', context.map((one) => fenced(marker, one)).join('\n') || 'Nothing was found.');
  for (const [name, one] of beside) texts.set(name, fenced(marker, one));
  return { stamp: stampOf({ prompt, inputs }), messages: canonicalJson(await prompt.render(texts)) };
}

function block(name: string, trust: Trust, json: string): DataBlock {
  return { name, trust, json: plainLine(json) };
}

function stampOf({ prompt, inputs }: PromptCall): PromptStamp {
  const { name, variant, version, hash } = prompt;
  return { id: name, ...(variant === null ? {} : { variant }), version, hash, input: inputs, renderer: rendererId };
}
