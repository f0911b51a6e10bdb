/** The statistics of a tenant's policy set: made once per set, from what changed since the set before it. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type PresentEntity, refOf } from '../domain/entity.js';
import { limits } from '../limits.js';
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
  /** Resolves once what was asked for in turns is counted. Never rejects. */
  idle: Promise<unknown>;
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
    const count = this.#countOf(tenant);
    for (const _ of following(count, set, this.#rules));
    const made = count.builder.current();
    this.#made.set(set, made);
    return made;
  }

  /** Of a policy as it was counted last; undefined: it was not, or is another one by now. */
  passagesOf({ key, hash }: PresentEntity): readonly Passage[] | undefined {
    const counted = this.#tenants.get(key.tenant)?.counted.get(refOf(key));
    return counted?.entity.hash === hash ? counted.passages : undefined;
  }

  /**
   * Counts the set in slices, with a pause after each, so that `of` finds little left to count. What `of` is asked for meanwhile is right
   * as ever. It ends early when `pause` says false.
   */
  async countAhead(tenant: string, set: PolicySet, pause: () => Promise<boolean>): Promise<void> {
    const count = this.#countOf(tenant);
    // So few are counted, or taken out, at once as soon as somebody asks.
    if (this.#made.has(set) || Math.max(set.byRef.size, count.counted.size) <= limits.countedAtOnceMax) return;
    let passages = 0;
    for (const changed of following(count, set, this.#rules)) {
      passages += changed;
      if (passages < limits.countedSlicePassages) continue;
      passages = 0;
      if (!(await pause())) return;
    }
    // Somebody may have asked about another set between two slices.
    this.of(tenant, set);
  }

  /**
   * The same as `of`; others have their turn while many are counted. One set of a tenant after the other: two at once, such as of two
   * pasts, would undo each other's counting, and the first to end would count all of its own in one go.
   */
  async inTurns(tenant: string, set: PolicySet): Promise<Statistics> {
    const known = this.#made.get(set);
    if (known !== undefined) return known;
    const count = this.#countOf(tenant);
    const counted = count.idle
      .then(() => this.countAhead(tenant, set, async () => nextTurn(true)))
      .then(() => this.of(tenant, set));
    count.idle = counted.catch(() => undefined);
    return counted;
  }

  #countOf(tenant: string): TenantCount {
    const known = this.#tenants.get(tenant);
    if (known !== undefined) return known;
    const count = { builder: new StatisticsBuilder(this.#rules), counted: new Map(), idle: Promise.resolve() };
    this.#tenants.set(tenant, count);
    return count;
  }
}

/** After each entity that was taken out or counted, how many passages it has: between two of them the count is whole. */
function* following({ builder, counted }: TenantCount, set: PolicySet, rules: PassageRules): Generator<number> {
  for (const [ref, { entity, passages }] of counted) {
    if (set.byRef.get(ref)?.entity.hash === entity.hash) continue;
    for (const passage of passages) builder.remove(passage);
    counted.delete(ref);
    yield passages.length;
  }
  for (const [ref, { entity }] of set.byRef) {
    if (counted.has(ref)) continue;
    const passages = passagesOfEntity(rules, entity);
    for (const passage of passages) builder.add(passage);
    counted.set(ref, { entity, passages });
    yield passages.length;
  }
}
