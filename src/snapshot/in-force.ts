/**
 * The policies of one set that are in force at an instant. A set never changes, so which of its policies are in force changes only where
 * a validity window opens or closes: what was found at one instant holds until the next of these borders. A tenant has thousands of
 * policies, and looking at each for every request costs more than all the rest of a snapshot.
 */
import type { PresentEntity } from '../domain/entity.js';
import { inForce, scheduledSuccessor, specificity } from '../domain/force.js';
import { instantText } from '../domain/time.js';
import type { Policy, PolicySet } from '../state/policy-set.js';

/** A scheduled next version of a policy that is served. */
export interface Successor {
  readonly ref: string;
  readonly effectiveFrom: string;
}

/** As it is selected without a question. */
export interface PolicyInForce {
  readonly policy: Policy;
  readonly entity: PresentEntity;
  readonly why: { readonly selected: 'policy' };
  readonly successor: Successor | null;
}

/** Between two borders: from `startsAtMs` up to but not at `endsAtMs`. */
interface Period {
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly policies: readonly PolicyInForce[];
}

/** The period asked for last: live requests ask for the present one again and again, and a replay has a set of its own. */
const periods = new WeakMap<PolicySet, Period>();

/** The most targeted first, then by id. */
export function policiesInForce(set: PolicySet, atMs: number): readonly PolicyInForce[] {
  const known = periods.get(set);
  if (known !== undefined && known.startsAtMs <= atMs && atMs < known.endsAtMs) return known.policies;
  const period = { ...bordersAround(set, atMs), policies: found(set, atMs) };
  periods.set(set, period);
  return period.policies;
}

/** The policy when it is its policy's version in force, with its scheduled successor. */
export function policyInForce(set: PolicySet, policy: Policy, atMs: number): PolicyInForce | undefined {
  const versions = set.versionsOf(policy.facets.policyId);
  if (inForce(versions, atMs) !== policy) return undefined;
  const next = scheduledSuccessor(versions, atMs);
  return { policy, entity: policy.entity, why: { selected: 'policy' }, successor: successorOf(next) };
}

function successorOf(next: Policy | undefined): Successor | null {
  if (next === undefined) return null;
  return { ref: `policy/${next.entity.key.id}`, effectiveFrom: instantText(next.facets.window.startsAtMs) };
}

function found(set: PolicySet, atMs: number): readonly PolicyInForce[] {
  return [...set.byRef.values()]
    .flatMap((policy) => policyInForce(set, policy, atMs) ?? [])
    .sort((a, b) => specificity(b.policy.facets) - specificity(a.policy.facets) || byId(a.policy, b.policy));
}

function byId({ entity: a }: Policy, { entity: b }: Policy): number {
  return a.key.id < b.key.id ? -1 : a.key.id > b.key.id ? 1 : 0;
}

function bordersAround(set: PolicySet, atMs: number): Pick<Period, 'startsAtMs' | 'endsAtMs'> {
  let [startsAtMs, endsAtMs] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const { facets } of set.byRef.values()) {
    for (const borderMs of [facets.window.startsAtMs, facets.window.endsAtMs]) {
      if (borderMs <= atMs) startsAtMs = Math.max(startsAtMs, borderMs);
      else endsAtMs = Math.min(endsAtMs, borderMs);
    }
  }
  return { startsAtMs, endsAtMs };
}
