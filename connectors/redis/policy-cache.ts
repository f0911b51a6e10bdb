/** The policy sets of tenants, as far as they have been read: immutable, so that one is kept until another is read. */
import { limits } from '../../src/limits.js';
import type { PolicySet } from '../../src/state/policy-set.js';
import type { HeldPolicies } from './policy-held.js';

export interface KnownPolicies {
  /** Of the store it was read from. */
  readonly contents: string;
  /** Of the last write that touched them, as the store has it; '' where what is held is no whole set yet. */
  readonly seq: string;
  readonly policies: PolicySet;
  /** By field: what a later reading need not be sent again. */
  readonly held: HeldPolicies;
}

export class PolicyCache {
  /** Those asked for last are at the end. */
  readonly #known = new Map<string, KnownPolicies>();

  get(tenant: string): KnownPolicies | undefined {
    const found = this.#known.get(tenant);
    if (found === undefined) return undefined;
    this.#known.delete(tenant);
    this.#known.set(tenant, found);
    return found;
  }

  set(tenant: string, known: KnownPolicies): void {
    this.#known.delete(tenant);
    this.#known.set(tenant, known);
    if (this.#known.size <= limits.policySetsMax) return;
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest);
      return;
    }
  }

  clear(): void {
    this.#known.clear();
  }
}
