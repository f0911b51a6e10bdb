/** What changed between a released snapshot and the same question asked again: per item, and by what. */
import type { JsonValue } from '../domain/canonical.js';
import { type Entity, type PresentEntity, refOf } from '../domain/entity.js';
import { isJsonObject } from '../domain/json.js';
import type { PolicyFacets } from '../domain/kinds/index.js';
import { positionText } from '../domain/position.js';
import { instantText } from '../domain/time.js';
import type { Selected } from '../snapshot/select.js';
import type { PolicySet } from '../state/policy-set.js';

/** What made a change: an event at a position; the clock passing a validity window; or other items ranking before it. */
export type ChangedBy =
  | { readonly kind: 'event'; readonly position: string }
  | { readonly kind: 'time'; readonly at: string }
  | { readonly kind: 'ranking' };

export interface ItemChange {
  readonly ref: string;
  readonly change: 'added' | 'removed' | 'changed' | 'moved';
  readonly by: ChangedBy;
  /** JSON pointers of the members that differ, for `changed`. */
  readonly fields: readonly string[];
}

export interface Now {
  readonly items: readonly Selected[];
  /** What the state has for every reference of the released snapshot, present or not. */
  readonly current: ReadonlyMap<string, Entity | undefined>;
  readonly policies: PolicySet;
  readonly atMs: number;
}

/** In the order of the released snapshot, then what is new. Empty when a copilot would see the same. */
export function compareItems(
  released: readonly PresentEntity[],
  releasedAtMs: number,
  now: Now,
): readonly ItemChange[] {
  const present = new Map(now.items.map((item) => [refOf(item.entity.key), item.entity]));
  const before = new Set(released.map((entity) => refOf(entity.key)));
  const changes: ItemChange[] = [];
  for (const entity of released) {
    const ref = refOf(entity.key);
    const after = present.get(ref);
    if (after === undefined)
      changes.push({ ref, change: 'removed', by: removedBy(entity, releasedAtMs, now), fields: [] });
    else if (after.hash !== entity.hash) changes.push(changed(ref, entity, after));
  }
  for (const { entity } of now.items) {
    const ref = refOf(entity.key);
    if (!before.has(ref))
      changes.push({ ref, change: 'added', by: addedBy(entity, releasedAtMs, now.atMs), fields: [] });
  }
  return changes.length > 0 ? changes : reordered(released, now.items);
}

function changed(ref: string, before: PresentEntity, after: PresentEntity): ItemChange {
  const fields = differingFields(JSON.parse(before.json), JSON.parse(after.json), '');
  return { ref, change: 'changed', by: { kind: 'event', position: positionText(after.watermark.position) }, fields };
}

function reordered(released: readonly PresentEntity[], items: readonly Selected[]): readonly ItemChange[] {
  const at = items.findIndex((item, index) => item.entity.hash !== released[index]?.hash);
  const item = items[at];
  return item === undefined
    ? []
    : [{ ref: refOf(item.entity.key), change: 'moved', by: { kind: 'ranking' }, fields: [] }];
}

function removedBy(entity: PresentEntity, releasedAtMs: number, now: Now): ChangedBy {
  const current = now.current.get(refOf(entity.key));
  const before = entity.watermark.position;
  if (current !== undefined && current.watermark.position.offset !== before.offset) {
    return { kind: 'event', position: positionText(current.watermark.position) };
  }
  const ended = windowEdge(entity, releasedAtMs, now.atMs);
  if (ended !== undefined) return { kind: 'time', at: instantText(ended) };
  return entity.facets.kind === 'policy' ? supersededBy(entity.facets, now) : { kind: 'ranking' };
}

/** The version that took its place: by its event when that came later, else by taking effect. */
function supersededBy(facets: PolicyFacets, now: Now): ChangedBy {
  const successors = now.policies
    .versionsOf(facets.policyId)
    .filter(
      (policy) =>
        policy.facets.window.startsAtMs > facets.window.startsAtMs && policy.facets.window.startsAtMs <= now.atMs,
    );
  const latest = successors.sort((a, b) => b.facets.window.startsAtMs - a.facets.window.startsAtMs)[0];
  if (latest === undefined) return { kind: 'ranking' };
  return { kind: 'event', position: positionText(latest.entity.watermark.position) };
}

function addedBy(entity: PresentEntity, releasedAtMs: number, atMs: number): ChangedBy {
  const opened = windowEdge(entity, releasedAtMs, atMs);
  if (opened !== undefined) return { kind: 'time', at: instantText(opened) };
  return { kind: 'event', position: positionText(entity.watermark.position) };
}

/** An edge of the entity's validity window that the clock has passed since. */
function windowEdge(entity: PresentEntity, fromMs: number, toMs: number): number | undefined {
  const { facets } = entity;
  if (facets.kind !== 'entitlement' && facets.kind !== 'policy') return undefined;
  return [facets.window.startsAtMs, facets.window.endsAtMs].find((edge) => fromMs < edge && edge <= toMs);
}

/** Pointers (RFC 6901) of the smallest members that differ. */
export function differingFields(before: JsonValue, after: JsonValue, pointer: string): readonly string[] {
  if (isJsonObject(before) && isJsonObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return names.flatMap((name) => {
      const at = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      const [left, right] = [before[name], after[name]];
      if (left === undefined || right === undefined) return [at];
      return differingFields(left, right, at);
    });
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [pointer];
}
