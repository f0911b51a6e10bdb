/** Every prompt that can be rendered, in every version that is kept. */
import type { Prompt } from './prompt.js';

export interface PromptName {
  readonly id: string;
  /** Null: the prompt of this name without a variant. */
  readonly variant: string | null;
}

/** A prompt with its versions, the newest first. */
export interface ListedPrompt {
  readonly newest: Prompt;
  readonly versions: readonly string[];
}

export class PromptSet {
  readonly #byName: ReadonlyMap<string, readonly Prompt[]>;

  constructor(prompts: readonly Prompt[]) {
    const byName = new Map<string, Prompt[]>();
    for (const prompt of prompts) {
      const key = keyOf({ id: prompt.name, variant: prompt.variant });
      byName.set(key, [...(byName.get(key) ?? []), prompt]);
    }
    for (const versions of byName.values()) versions.sort((a, b) => Number(b.version) - Number(a.version));
    this.#byName = byName;
  }

  /** The newest version where none is named; undefined where there is no such prompt, or version. */
  find(name: PromptName, version?: string): Prompt | undefined {
    const versions = this.#byName.get(keyOf(name)) ?? [];
    return version === undefined ? versions[0] : versions.find((prompt) => prompt.version === version);
  }

  /** By name. */
  list(): readonly ListedPrompt[] {
    const sorted = [...this.#byName].sort(([a], [b]) => (a < b ? -1 : 1));
    return sorted.flatMap(([, versions]) => {
      const [newest] = versions;
      return newest === undefined ? [] : [{ newest, versions: versions.map(({ version }) => version) }];
    });
  }
}

export const noPrompts = new PromptSet([]);

/** Neither part has a dot in it. */
function keyOf({ id, variant }: PromptName): string {
  return variant === null ? id : `${id}.${variant}`;
}
