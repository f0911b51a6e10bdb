/** The policies of each tenant as immutable sets. */
import type { Entity, PresentEntity } from '../../src/domain/entity.js';
import { PolicySet } from '../../src/state/policy-set.js';

/** One immutable set per tenant and version: made when asked for, kept until the next change. */
export class PolicyShelf {
  readonly #present = new Map<string, Map<string, PresentEntity>>();
  readonly #sets = new Map<string, PolicySet>();
  readonly #versions = new Map<string, number>();

  put(entity: Entity): void {
    const { tenant, id } = entity.key;
    const present = this.#present.get(tenant) ?? new Map<string, PresentEntity>();
    this.#present.set(tenant, present);
    if (entity.status === 'present') present.set(id, entity);
    else present.delete(id);
    this.#versions.set(tenant, (this.#versions.get(tenant) ?? 0) + 1);
    this.#sets.delete(tenant);
  }

  of(tenant: string): PolicySet {
    const known = this.#sets.get(tenant);
    if (known !== undefined) return known;
    const made = new PolicySet(this.#versions.get(tenant) ?? 0, this.#present.get(tenant)?.values() ?? []);
    this.#sets.set(tenant, made);
    return made;
  }
}
