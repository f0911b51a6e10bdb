/** The statistics of a tenant's policy set: made once per set, from what changed since the set before it. */
import type { PresentEntity } from '../domain/entity.js';
import type { PassageRules } from '../retrieval/method.js';
import { passagesOfEntity } from '../retrieval/passages.js';
import type { Passage } from '../retrieval/port.js';
import { type Statistics, StatisticsBuilder } from '../retrieval/statistics.js';
import type { PolicySet } from '../state/policy-set.js';

interface Counted {
  readonly entity: PresentEntity;
  readonly passages: readonly Passage[];
}

interface TenantCount {
  readonly builder: StatisticsBuilder;
  readonly counted: Map<string, Counted>;
}

export class PolicyStatistics {
  readonly #made = new WeakMap<PolicySet, Statistics>();
  readonly #tenants = new Map<string, TenantCount>();
  readonly #rules: PassageRules;

  constructor(rules: PassageRules) {
    this.#rules = rules;
  }

  /** Equal to counting the set from nothing: the builder's value depends on what is in it, not on how it got there. */
  of(tenant: string, set: PolicySet): Statistics {
    const known = this.#made.get(set);
    if (known !== undefined) return known;
    const count = this.#tenants.get(tenant) ?? { builder: new StatisticsBuilder(this.#rules), counted: new Map() };
    this.#tenants.set(tenant, count);
    follow(count, set, this.#rules);
    const made = count.builder.current();
    this.#made.set(set, made);
    return made;
  }
}

function follow({ builder, counted }: TenantCount, set: PolicySet, rules: PassageRules): void {
  for (const [ref, { entity, passages }] of counted) {
    if (set.byRef.get(ref)?.entity.hash === entity.hash) continue;
    for (const passage of passages) builder.remove(passage);
    counted.delete(ref);
  }
  for (const [ref, { entity }] of set.byRef) {
    if (counted.has(ref)) continue;
    const passages = passagesOfEntity(rules, entity);
    for (const passage of passages) builder.add(passage);
    counted.set(ref, { entity, passages });
  }
}
