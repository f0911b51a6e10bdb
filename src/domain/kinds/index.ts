/** The kinds of entities. A new kind is one new file and one line here. */
import { type AccountFacets, account } from './account.js';
import { type EntitlementFacets, entitlement } from './entitlement.js';
import { type PolicyFacets, policy } from './policy.js';
import { type TicketFacets, ticket } from './ticket.js';

export const kinds = { account, ticket, entitlement, policy } as const;

export type Kind = keyof typeof kinds;
export type Facets = AccountFacets | TicketFacets | EntitlementFacets | PolicyFacets;
export type { AccountFacets, EntitlementFacets, PolicyFacets, TicketFacets };

export const kindNames = Object.keys(kinds) as readonly Kind[];

export function isKind(name: string): name is Kind {
  return Object.hasOwn(kinds, name);
}

/** Kinds that are searched across a tenant: the index follows them, also when one is deleted. A ticket is found by its account. */
export function isRetrievable(kind: Kind): boolean {
  return kind === 'policy';
}
