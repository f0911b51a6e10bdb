/** What changed between a released snapshot and the same question asked again: per item, and by what. */
import type { JsonValue } from '../domain/canonical.js';
import { type Entity, type PresentEntity, refOf } from '../domain/entity.js';
import { newestBegun } from '../domain/force.js';
import { isJsonObject } from '../domain/json.js';
import type { PolicyFacets } from '../domain/kinds/index.js';
import { type PositionVector, partitionKey, positionText } from '../domain/position.js';
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

export interface Released {
  readonly items: readonly Selected[];
  readonly atMs: number;
  /** What the snapshot was stamped with: an event beyond it came later. */
  readonly through: PositionVector;
}

export interface Now {
  readonly items: readonly Selected[];
  /** What the state has for every item of the released snapshot and every successor it named, present or not. */
  readonly current: ReadonlyMap<string, Entity | undefined>;
  readonly policies: PolicySet;
  readonly atMs: number;
}

/** In the order of the released snapshot, then what is new. Empty when a copilot would see the same. */
export function compareItems(released: Released, now: Now): readonly ItemChange[] {
  const present = new Map(now.items.map((item) => [refOf(item.entity.key), item]));
  const before = new Set(released.items.map(({ entity }) => refOf(entity.key)));
  const changes: ItemChange[] = [];
  for (const item of released.items) {
    const ref = refOf(item.entity.key);
    const after = present.get(ref);
    if (after === undefined) {
      changes.push({ ref, change: 'removed', by: removedBy(item.entity, released, now), fields: [] });
    } else if (after.entity.hash !== item.entity.hash) {
      changes.push(changed(ref, item.entity, after.entity));
    } else if (
      after.successor?.ref !== item.successor?.ref ||
      after.successor?.effectiveFrom !== item.successor?.effectiveFrom
    ) {
      changes.push({
        ref,
        change: 'changed',
        by: rescheduledBy(item, after, { released, now }),
        fields: ['/successor'],
      });
    }
  }
  for (const { entity } of now.items) {
    const ref = refOf(entity.key);
    if (!before.has(ref)) changes.push({ ref, change: 'added', by: broughtBy(entity, released, now), fields: [] });
  }
  return changes.length > 0 ? changes : reordered(released.items, now.items);
}

/** The version that is scheduled now came, or the one that was scheduled went. */
function rescheduledBy(
  before: Selected,
  after: Selected,
  { released, now }: { readonly released: Released; readonly now: Now },
): ChangedBy {
  const coming = after.successor === null ? undefined : now.policies.byRef.get(after.successor.ref)?.entity;
  const by = coming === undefined ? undefined : broughtBy(coming, released, now);
  if (by !== undefined && by.kind === 'event') return by;
  const gone = before.successor === null ? undefined : now.current.get(before.successor.ref);
  return gone === undefined ? { kind: 'ranking' } : { kind: 'event', position: positionText(gone.watermark.position) };
}

function changed(ref: string, before: PresentEntity, after: PresentEntity): ItemChange {
  const fields = differingFields(JSON.parse(before.json), JSON.parse(after.json), '');
  const position = lastCause(before, after) ?? positionText(after.watermark.position);
  return { ref, change: 'changed', by: { kind: 'event', position }, fields };
}

/** The position that made `after` of `before`; a redrive changes an entity without moving its watermark, so it is named itself. */
function lastCause(before: PresentEntity, after: Entity): string | undefined {
  const [from, to] = [positionText(before.watermark.position), positionText(after.watermark.position)];
  if (from !== to) return to;
  return after.redrives.findLast((redrive) => !before.redrives.includes(redrive));
}

function reordered(released: readonly Selected[], items: readonly Selected[]): readonly ItemChange[] {
  const at = items.findIndex((item, index) => item.entity.hash !== released[index]?.entity.hash);
  const item = items[at];
  return item === undefined
    ? []
    : [{ ref: refOf(item.entity.key), change: 'moved', by: { kind: 'ranking' }, fields: [] }];
}

function removedBy(entity: PresentEntity, released: Released, now: Now): ChangedBy {
  const current = now.current.get(refOf(entity.key));
  const cause = current === undefined ? undefined : lastCause(entity, current);
  if (cause !== undefined) return { kind: 'event', position: cause };
  const superseding = entity.facets.kind === 'policy' ? supersededBy(entity.facets, now) : undefined;
  if (superseding !== undefined) return broughtBy(superseding, released, now);
  const ended = windowEdge(entity, released.atMs, now.atMs);
  return ended === undefined ? { kind: 'ranking' } : { kind: 'time', at: instantText(ended) };
}

/** The version that took its place, if one did. */
function supersededBy(facets: PolicyFacets, { policies, atMs }: Now): PresentEntity | undefined {
  const newest = newestBegun(policies.versionsOf(facets.policyId), atMs);
  return newest === undefined || newest.facets.id === facets.id ? undefined : newest.entity;
}

/** By its event when that came after the release; else the clock reached its window, or others made room for it. */
function broughtBy(entity: PresentEntity, released: Released, now: Now): ChangedBy {
  const { position } = entity.watermark;
  const known = released.through.get(partitionKey(position.topic, position.partition)) ?? -1n;
  if (position.offset > known) return { kind: 'event', position: positionText(position) };
  const opened = windowEdge(entity, released.atMs, now.atMs);
  return opened === undefined ? { kind: 'ranking' } : { kind: 'time', at: instantText(opened) };
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
