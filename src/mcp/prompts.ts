/** Prompts, from whoever has them: this room lists and fetches them, and knows neither their files nor how they are rendered. */
import type { JsonObject } from '../domain/canonical.js';
import type { Asking } from './asking.js';

export interface ShownPrompt {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly arguments: readonly PromptArgument[];
}

export interface PromptArgument {
  readonly name: string;
  readonly description?: string;
  readonly required: boolean;
}

export interface PromptMessage {
  readonly role: 'user' | 'assistant';
  readonly text: string;
}

export type PromptReply =
  /** `from`: the reply of the API it was rendered from, which says how fresh it is; null: of none. */
  | { readonly kind: 'messages'; readonly messages: readonly PromptMessage[]; readonly from: JsonObject | null }
  | { readonly kind: 'refused'; readonly problem: JsonObject };

export interface PromptSource {
  /** In the order in which they are shown, the same at every call. */
  list(): Promise<readonly ShownPrompt[]>;
  /** `name` is one of the listed; every required argument is there, and no other than the listed ones. */
  get(name: string, args: Readonly<Record<string, string>>, asking: Asking): Promise<PromptReply>;
}

export const noPromptSource: PromptSource = {
  list: async () => [],
  get: () => Promise.reject(new Error('there are no prompts')),
};
