/** Validity windows: a change without an event. */
import type { Window } from '../domain/time.js';
import type { AccountView, TenantView } from '../state/port.js';

/** Wall time of the next instant at which an entitlement or a policy begins or ends; infinite when there is none. */
export function nextEdgeMs(view: TenantView | AccountView, nowMs: number): number {
  const windows: Window[] = [...view.policies.byRef.values()].map(({ facets }) => facets.window);
  for (const { facets } of 'members' in view ? view.members : []) {
    if (facets.kind === 'entitlement') windows.push(facets.window);
  }
  let next = Number.POSITIVE_INFINITY;
  for (const { startsAtMs, endsAtMs } of windows) {
    for (const edge of [startsAtMs, endsAtMs]) if (edge > nowMs && edge < next) next = edge;
  }
  return next;
}
