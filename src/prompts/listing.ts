/** What is told of the prompts to who may ask for them: GET /v1/prompts, and the prompts of MCP. */
import type { InputSpec } from './inputs.js';
import type { PromptSet } from './prompt-set.js';

export interface PromptListing {
  readonly id: string;
  readonly variant: string | null;
  /** The newest. */
  readonly version: string;
  /** The newest first. */
  readonly versions: readonly string[];
  readonly hash: string;
  readonly description: string;
  readonly needsQuestion: boolean;
  readonly inputs: readonly InputSpec[];
  /** JSON Schema of what a model is to answer with; null: text. */
  readonly output: object | null;
}

export function listingsOf(prompts: PromptSet): readonly PromptListing[] {
  return prompts.list().map(({ newest, versions }) => {
    const { name: id, variant, version, hash, description, needsQuestion, inputs, output } = newest;
    return { id, variant, version, versions, hash, description, needsQuestion, inputs, output };
  });
}
