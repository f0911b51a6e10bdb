/** The index against the state. What differs is marked to be indexed again; what the state has never heard of is taken out. */
import { type Entity, type EntityKeyText, entityKeyText } from '../domain/entity.js';
import { limits } from '../limits.js';
import type { StateStore } from '../state/port.js';
import type { Holding, IndexHoldings } from './holdings.js';
import type { Tally } from './tally.js';

export async function compareHoldings(
  { state, index }: { readonly state: StateStore; readonly index: IndexHoldings },
  holdings: readonly Holding[],
  tally: Tally,
): Promise<void> {
  const entities = await state.entities(holdings.map(({ key }) => key));
  const pending = await pendingIn(state);
  const orphans: Holding[] = [];
  const differing: Holding[] = [];
  for (const [at, holding] of holdings.entries()) {
    tally.checked += 1;
    const entity = entities[at];
    if (entity === undefined) orphans.push(holding);
    else if (pending === undefined) tally.skipped += 1;
    else if (!isOf(holding, entity) && !pending.has(entityKeyText(holding.key))) differing.push(holding);
  }
  if (orphans.length > 0) await removeOrphans({ state, index }, orphans);
  if (differing.length > 0) await state.renew(differing.map(({ key, revision }) => ({ key, above: revision })));
  tally.orphaned += orphans.length;
  tally.differing += differing.length;
  tally.repaired += orphans.length + differing.length;
}

/** What has come into the state since it was looked for may be indexed already, and has then been taken out with the orphan. */
async function removeOrphans(
  { state, index }: { readonly state: StateStore; readonly index: IndexHoldings },
  orphans: readonly Holding[],
): Promise<void> {
  await index.remove(orphans);
  const entities = await state.entities(orphans.map(({ key }) => key));
  const returned = orphans.filter((_, at) => entities[at] !== undefined);
  if (returned.length > 0) await state.renew(returned.map(({ key, revision }) => ({ key, above: revision })));
}

/** Entities that the index is to hold and has not been found to: they are marked, unless they are already. */
export async function markMissing(state: StateStore, entities: readonly Entity[], tally: Tally): Promise<void> {
  if (entities.length === 0) return;
  const pending = await pendingIn(state);
  if (pending === undefined) return;
  const missing = entities.filter(({ key, status }) => status === 'present' && !pending.has(entityKeyText(key)));
  if (missing.length === 0) return;
  // Its own revision is high enough where the index has nothing.
  await state.renew(missing.map(({ key, revision }) => ({ key, above: revision - 1 })));
  tally.missing += missing.length;
  tally.repaired += missing.length;
}

/** Undefined: too many to look through, so the index is being filled. */
async function pendingIn(state: StateStore): Promise<ReadonlySet<EntityKeyText> | undefined> {
  const marks = await state.allPending(limits.reconcilePendingMax);
  if (marks.length === limits.reconcilePendingMax) return undefined;
  return new Set(marks.map(({ entity }) => entityKeyText(entity.key)));
}

function isOf({ entityHash, revision, isWhole = true }: Holding, entity: Entity): boolean {
  return isWhole && revision === entity.revision && entityHash === (entity.status === 'present' ? entity.hash : null);
}
