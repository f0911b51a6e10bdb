/** Assembly: from the state to an ordered list of items and what was left out. The same code serves live reads, checks and replay. */
import type { PresentEntity } from '../domain/entity.js';
import type { PositionVector } from '../domain/position.js';
import type { PolicySet } from '../state/policy-set.js';
import type { AccountView, BlockedMark, StateReader } from '../state/port.js';
import { fitBudget } from './budget.js';
import { type Omissions, omissionsOf, type RetrievalFacts } from './manifest.js';
import type { ContextRequest, SnapshotRequest } from './request.js';
import type { Asked, AskingRequest, Retriever, Sources } from './retriever.js';
import { activeEntitlements, applicablePolicies, applicantOf, openTickets, type Selected } from './select.js';

export interface Assembled {
  readonly through: PositionVector;
  readonly blocked: readonly BlockedMark[];
  readonly policies: PolicySet;
  readonly items: readonly Selected[];
  readonly omitted: Omissions;
  readonly retrieval: RetrievalFacts | null;
}

export type Assembly =
  | { readonly kind: 'assembled'; readonly assembled: Assembled }
  | { readonly kind: 'not_found'; readonly status: 'unknown' | 'deleted'; readonly view: AccountView };

export async function assemble(
  state: StateReader,
  retriever: Retriever,
  request: SnapshotRequest,
  atMs: number,
): Promise<Assembly> {
  const { tenant, account } = request;
  const ofAccount = account === null ? null : await state.account(tenant, account);
  if (ofAccount !== null && ofAccount.account?.status !== 'present') {
    return { kind: 'not_found', status: ofAccount.account === undefined ? 'unknown' : 'deleted', view: ofAccount };
  }
  const view = ofAccount ?? (await state.tenant(tenant));
  const active = activeEntitlements(ofAccount?.members ?? [], atMs);
  const applicant = ofAccount === null ? null : applicantOf(ofAccount, active);
  const sources: Sources = { policies: view.policies, members: ofAccount?.members ?? [], applicant, atMs };
  const keyed = request.mode === 'context' && ofAccount !== null ? keyedItems(ofAccount, active, request) : [];
  const asked = await askedItems(retriever, sources, request);
  const { kept, left } = fitBudget([...keyed, ...asked.found], request.tokenBudget);
  const { through, blocked, policies } = view;
  return {
    kind: 'assembled',
    assembled: {
      through,
      blocked,
      policies,
      items: kept,
      omitted: omissionsOf({ token_budget: left, duplicate: asked.duplicates ?? [], count_limit: asked.beyond }),
      retrieval: asked.retrieval,
    },
  };
}

/** The account, what it may use at the instant, and what is open: always, whatever the question. */
function keyedItems(
  view: AccountView,
  active: readonly PresentEntity[],
  { kinds }: ContextRequest,
): readonly Selected[] {
  const items: Selected[] = [];
  const take = (entity: PresentEntity, selected: 'account' | 'entitlement' | 'open_ticket') =>
    items.push({ entity, why: { selected }, successor: null });
  if (kinds.includes('account') && view.account?.status === 'present') take(view.account, 'account');
  if (kinds.includes('entitlement')) for (const entity of active) take(entity, 'entitlement');
  if (kinds.includes('ticket')) for (const entity of openTickets(view.members)) take(entity, 'open_ticket');
  return items;
}

async function askedItems(retriever: Retriever, sources: Sources, request: SnapshotRequest): Promise<Asked> {
  if (hasQuestion(request)) return retriever.retrieve(sources, request);
  const { policies, applicant, atMs } = sources;
  const wanted = request.kinds.includes('policy') && applicant !== null;
  const all = wanted ? applicablePolicies(policies, applicant, atMs) : [];
  return { found: all.slice(0, request.limits.policies), beyond: all.slice(request.limits.policies), retrieval: null };
}

function hasQuestion(request: SnapshotRequest): request is AskingRequest {
  return request.question !== null;
}
