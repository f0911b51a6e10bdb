/**
 * Policies one by one, as they were read last. The first two lines of a stored value, watermark and revision, tell one state of an entity from
 * every other, as they do for a write that replaces it: where they are the same, the value is not sent again.
 */
import type { PresentEntity } from '../../src/domain/entity.js';
import { decodeEntity, keyOfField, ValueDamaged } from './values.js';
import { SEPARATOR } from './write.js';

export interface HeldPolicy {
  /** The first two lines, with the line feed behind each. */
  readonly beginning: string;
  readonly entity: PresentEntity;
}

export type HeldPolicies = ReadonlyMap<string, HeldPolicy>;

export const noPolicies: HeldPolicies = new Map();

/** Parsed to the end, so that a large set is parsed page by page and others are served in between. Throws `ValueDamaged`. */
export function heldPolicy(tenant: string, field: string, text: string): HeldPolicy {
  const entity = decodeEntity(keyOfField(tenant, field), text);
  if (entity.status !== 'present' || entity.facets.kind !== 'policy') throw new ValueDamaged();
  return { beginning: text.slice(0, text.indexOf('\n', text.indexOf('\n') + 1) + 1), entity };
}

/** Each of these fields with what is held of it, as one text: field, beginning or nothing, a separator behind each. */
export function heldRows(fields: Iterable<string>, held: HeldPolicies): string {
  let rows = '';
  for (const field of fields) rows += `${field}${SEPARATOR}${held.get(field)?.beginning ?? ''}${SEPARATOR}`;
  return rows;
}

export function entitiesOf(held: HeldPolicies): readonly PresentEntity[] {
  return [...held.values()].map(({ entity }) => entity);
}
