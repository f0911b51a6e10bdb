/** What belongs into a snapshot by key, and in which order: pure functions of the state, the policies and the evaluation instant. */
import type { PresentEntity } from '../domain/entity.js';
import { type Applicant, appliesTo } from '../domain/force.js';
import type { AccountFacets, EntitlementFacets, Kind, TicketFacets } from '../domain/kinds/index.js';
import { holdsAt } from '../domain/time.js';
import type { Policy, PolicySet } from '../state/policy-set.js';
import type { AccountView } from '../state/port.js';
import { policiesInForce, policyInForce, type Successor } from './in-force.js';

/** Why an item is here. Scores are rounded by the scorer; `dense` is absent when the index is lexical only. */
export type Why =
  | { readonly selected: 'account' | 'entitlement' | 'open_ticket' | 'policy' }
  | {
      readonly selected: 'retrieved';
      readonly rank: number;
      readonly score: number;
      readonly lexical: number;
      readonly dense?: number;
      /** By the method's reranker, which has the last word; absent where it did not look. */
      readonly reranked?: number;
    };

export interface Selected {
  readonly entity: PresentEntity;
  readonly why: Why;
  readonly successor: Successor | null;
}

export type With<F> = PresentEntity & { readonly facets: F };

function ofKind<F extends { readonly kind: Kind }>(
  members: readonly PresentEntity[],
  kind: F['kind'],
): readonly With<F>[] {
  return members.filter((entity): entity is With<F> => entity.facets.kind === kind);
}

function byId(a: PresentEntity, b: PresentEntity): number {
  return a.key.id < b.key.id ? -1 : a.key.id > b.key.id ? 1 : 0;
}

/** Entitlements active at the instant, by product. */
export function activeEntitlements(
  members: readonly PresentEntity[],
  atMs: number,
): readonly With<EntitlementFacets>[] {
  return ofKind<EntitlementFacets>(members, 'entitlement')
    .filter(({ facets }) => !facets.revoked && holdsAt(facets.window, atMs))
    .sort((a, b) =>
      a.facets.product === b.facets.product ? byId(a, b) : a.facets.product < b.facets.product ? -1 : 1,
    );
}

/** Open tickets, the most urgent first, then the most recently updated. */
export function openTickets(members: readonly PresentEntity[]): readonly With<TicketFacets>[] {
  return ofKind<TicketFacets>(members, 'ticket')
    .filter(({ facets }) => facets.open)
    .sort(
      (a, b) =>
        a.facets.priorityRank - b.facets.priorityRank || b.facets.updatedAtMs - a.facets.updatedAtMs || byId(a, b),
    );
}

/** Who asks, as policies see it: the account's plan and region and the products it may use at the instant. */
export function applicantOf(view: Pick<AccountView, 'account'>, active: readonly With<EntitlementFacets>[]): Applicant {
  const facets = view.account?.status === 'present' ? (view.account.facets as AccountFacets) : null;
  const products = active.map((entity) => entity.facets.product);
  return { plan: facets?.plan ?? null, region: facets?.region ?? null, products: new Set(products) };
}

/**
 * The policy when it is its policy's version in force at the instant and applies to the applicant; with its scheduled successor. Null:
 * for anyone.
 */
export function servable(
  set: PolicySet,
  policy: Policy,
  applicant: Applicant | null,
  atMs: number,
): Successor | null | undefined {
  if (applicant !== null && !appliesTo(policy.facets, applicant)) return undefined;
  return policyInForce(set, policy, atMs)?.successor;
}

/** Without a question: every policy in force that applies, the most targeted first. */
export function applicablePolicies(set: PolicySet, applicant: Applicant, atMs: number): readonly Selected[] {
  return policiesInForce(set, atMs).filter(({ policy }) => appliesTo(policy.facets, applicant));
}
