/**
 * A write as steps on keys, grouped by what decides their slot: first checks, which change nothing, then changes. A part can be applied
 * by itself (its stamp tells whether that has been done), so the same plan serves one server, in one script, and a cluster, slot by slot.
 *
 * Where an entity is: a policy with its tenant; an account with itself; a ticket or an entitlement with its account while it is present,
 * else at its home. So the place follows from the entity, and a plan needs to know what was there before.
 */
import type { Entity, EntityKey, EntityKeyText } from '../../src/domain/entity.js';
import { entityKeyText } from '../../src/domain/entity.js';
import { isRetrievable } from '../../src/domain/kinds/index.js';
import type { BlockedMark, EntityChange, StateMove, StateWrite } from '../../src/state/port.js';
import { fieldOf, fields, type Layout, ownerText, tagOf } from './layout.js';
import { encodeEntity, encodeMark, outcomes, watermarkLine } from './values.js';

/** What decides where an entity is. */
export type Standing = Pick<Entity, 'status' | 'accountId'>;

/** What was there before a change, undefined where nothing was. */
export type StandingBefore = (change: EntityChange) => Standing | undefined;

export interface Check {
  readonly key: string;
  readonly field: string;
  /** The first line of the value; null: there is no such field. */
  readonly expected: string | null;
  /** Its second line; null: any. */
  readonly revision: number | null;
  /** It is not above this: what is written has a revision that nothing has had. */
  readonly revisionMax: number;
  /** Which of the write's changes it is of. */
  readonly change: number;
}

export interface Step {
  readonly key: string;
  readonly field: string;
  /** Null: the field goes. */
  readonly value: string | null;
}

/** What happens in one slot. */
export interface SlotPart {
  readonly tag: string;
  /** The hash whose field `fields.seq` is the seq of the last write that touched the part. */
  readonly stampKey: string;
  readonly checks: readonly Check[];
  readonly steps: readonly Step[];
}

export interface PendingStep {
  readonly tenant: string;
  readonly field: string;
  readonly revision: number;
}

export interface BlockStep {
  readonly rejected: string;
  /** Key of the tenant's marks. */
  readonly marks: string;
  readonly mark: string;
  /** Key of the home of the entity, which says whose it is; empty: it has none, or nobody asks. */
  readonly home: string;
  /** What that home says, where the script cannot ask it; empty: not known, or nobody's. */
  readonly owner: string;
}

/** What happens in the slot of progress and marks: texts, in the order in which the script reads them. */
export interface ControlPart {
  /** partition, through */
  readonly rests: readonly (readonly [string, string])[];
  /** partition, through, then the four counts */
  readonly progress: readonly (readonly string[])[];
  /** key of the tenant's marks, field of the entity */
  readonly replaced: readonly (readonly [string, string])[];
  readonly decided: readonly string[];
  readonly block: readonly BlockStep[];
  /** key of the tenant's marks, field of the entity, `ownerText` of the account it has come to: its marks concern that one as well */
  readonly moved: readonly (readonly [string, string, string])[];
  readonly pending: readonly PendingStep[];
}

export interface WritePlan {
  readonly parts: readonly SlotPart[];
  readonly control: ControlPart;
  /** Never empty. */
  readonly moves: readonly StateMove[];
}

interface GrowingPart extends SlotPart {
  readonly checks: Check[];
  readonly steps: Step[];
}

interface Growing {
  readonly layout: Layout;
  readonly parts: Map<string, GrowingPart>;
  readonly moves: Map<string, StateMove>;
  readonly moved: (readonly [EntityKey, string])[];
  /** What was asked for last: a change is checked and made at one place. */
  last: { readonly key: string; readonly part: GrowingPart } | undefined;
}

export function planOf(write: StateWrite, layout: Layout, before: StandingBefore): WritePlan {
  const growing: Growing = { layout, parts: new Map(), moves: new Map(), moved: [], last: undefined };
  for (const [change, made] of write.changes.entries()) {
    const { entity, expected, foldedOn } = made;
    const standing = before(made);
    const places = placesOf(layout, entity, standing);
    for (const check of checksOf(layout, entity.key, places, expected === null ? null : watermarkLine(expected))) {
      const { key, field, expected: line } = check;
      const revisions = { revision: foldedOn?.revision ?? null, revisionMax: entity.revision };
      partAt(growing, key).checks.push({ key, field, expected: line, ...revisions, change });
    }
    for (const step of stepsOf(layout, entity, standing, places)) partAt(growing, step.key).steps.push(step);
    touch(growing, entity, standing);
    const { accountId, key } = entity;
    if (accountId !== null && isHomed(key) && standing?.accountId !== accountId) growing.moved.push([key, accountId]);
  }
  const moves = growing.moves.size > 0 ? [...growing.moves.values()] : [{ tenant: null, accountId: null }];
  return { parts: [...growing.parts.values()], control: controlOf(write, growing), moves };
}

interface Place {
  readonly key: string;
  readonly field: string;
}

interface Places {
  /** Undefined: nothing was there. */
  readonly from: Place | undefined;
  readonly to: Place;
}

/** Most changes leave an entity where it was, and then that is worked out once. */
function placesOf(layout: Layout, entity: Entity, standing: Standing | undefined): Places {
  const to = placeOf(layout, entity.key, entity);
  if (standing === undefined) return { from: undefined, to };
  const isSame = standing.status === entity.status && standing.accountId === entity.accountId;
  return { from: isSame ? to : placeOf(layout, entity.key, standing), to };
}

export function placeOf(layout: Layout, key: EntityKey, { status, accountId }: Standing): Place {
  const field = fieldOf(key);
  if (key.kind === 'policy') {
    const { present, deleted } = layout.tenant(key.tenant);
    return { key: status === 'present' ? present : deleted, field };
  }
  if (key.kind === 'account') return { key: layout.account(key.tenant, key.id).entities, field };
  if (status === 'present' && accountId !== null) return { key: layout.account(key.tenant, accountId).entities, field };
  return { key: layout.home(key), field: fields.value };
}

function isHomed({ kind }: EntityKey): boolean {
  return kind !== 'policy' && kind !== 'account';
}

type PlannedCheck = Omit<Check, 'change' | 'revision' | 'revisionMax'>;

function checksOf(layout: Layout, key: EntityKey, { from }: Places, expected: string | null): readonly PlannedCheck[] {
  if (expected !== null) {
    // Expected, and nothing is known of it: it is looked for where only what has no account is, and not found.
    const place = from ?? placeOf(layout, key, { status: 'deleted', accountId: null });
    return [{ key: place.key, field: place.field, expected }];
  }
  if (isHomed(key)) return [{ key: layout.home(key), field: fields.owner, expected }];
  const places = (['present', 'deleted'] as const).map((status) => placeOf(layout, key, { status, accountId: key.id }));
  return (key.kind === 'policy' ? places : places.slice(0, 1)).map((place) => ({ ...place, expected }));
}

function stepsOf(
  layout: Layout,
  entity: Entity,
  standing: Standing | undefined,
  { from, to }: Places,
): readonly Step[] {
  const { key } = entity;
  const steps: Step[] = [{ key: to.key, field: to.field, value: encodeEntity(entity) }];
  if (from !== undefined && from.key !== to.key) steps.push({ ...from, value: null });
  if (isHomed(key) && (standing === undefined || standing.accountId !== entity.accountId)) {
    steps.push({ key: layout.home(key), field: fields.owner, value: ownerText(entity.accountId) });
  }
  return steps;
}

/** Of the accounts it left, joined or named, as of a tenant's policies: their version moves, and who watches is told. */
function touch(growing: Growing, entity: Entity, standing: Standing | undefined): void {
  const { layout, moves } = growing;
  const { tenant, kind } = entity.key;
  if (kind === 'policy') {
    partAt(growing, layout.tenant(tenant).meta);
    moves.set(`policies of ${tenant}`, { tenant, accountId: null });
    return;
  }
  const left = standing?.status === 'present' ? standing.accountId : null;
  if (left !== null) touchAccount(growing, tenant, left);
  if (entity.accountId !== null && entity.accountId !== left) touchAccount(growing, tenant, entity.accountId);
}

function touchAccount(growing: Growing, tenant: string, accountId: string): void {
  const { layout, moves } = growing;
  // The length goes before, so that no two moves become one.
  const name = `${tenant.length}:${tenant}${accountId}`;
  if (moves.has(name)) return;
  partAt(growing, layout.account(tenant, accountId).meta);
  moves.set(name, { tenant, accountId });
}

function partAt(growing: Growing, key: string): GrowingPart {
  if (growing.last?.key === key) return growing.last.part;
  const tag = tagOf(key);
  const part = growing.parts.get(tag) ?? newPart(growing, tag, key);
  growing.last = { key, part };
  return part;
}

function newPart({ parts }: Growing, tag: string, key: string): GrowingPart {
  // A home is one hash and has its stamp in itself; accounts and tenants have a hash for it.
  const stampKey = key.endsWith('}') ? key : `{${tag}}:m`;
  const part: GrowingPart = { tag, stampKey, checks: [], steps: [] };
  parts.set(tag, part);
  return part;
}

function controlOf(write: StateWrite, { layout, moved }: Growing): ControlPart {
  const afters = write.progress.flatMap(({ partition, after }) =>
    after === undefined ? [] : [[partition, String(after)] as const],
  );
  const held = (write.held ?? []).map(({ partition, through }) => [partition, String(through)] as const);
  return {
    rests: [...afters, ...held],
    progress: write.progress.map(({ partition, through, counts }) => [
      partition,
      String(through),
      ...outcomes.map((outcome) => String(counts[outcome])),
    ]),
    replaced: write.replaced.map((key) => [layout.blockedOf(key.tenant), fieldOf(key)]),
    decided: write.decided,
    block: write.block.map((mark) => blockStep(layout, mark)),
    moved: stillMarked(write, moved).map(([key, to]) => [layout.blockedOf(key.tenant), fieldOf(key), ownerText(to)]),
    pending: pendingOf(write),
  };
}

function blockStep(layout: Layout, mark: BlockedMark): BlockStep {
  const { rejected, concern } = mark;
  const key = homedKeyOf(mark);
  const home = key === undefined ? '' : layout.home(key);
  return { rejected, marks: layout.blockedOf(concern.tenant), mark: encodeMark(mark), home, owner: '' };
}

/** Of what may belong to another account than the mark names. */
export function homedKeyOf({ concern: { tenant, kind, id, accountId } }: BlockedMark): EntityKey | undefined {
  if (tenant === null || kind === null || id === null || accountId === null) return undefined;
  const key = { tenant, kind, id };
  return isHomed(key) ? key : undefined;
}

/** Of what is replaced whole no mark is left, but those that the same write sets. */
function stillMarked({ replaced, block }: StateWrite, moved: Growing['moved']): Growing['moved'] {
  if (moved.length === 0) return moved;
  const lifted = new Set(replaced.map(entityKeyText));
  for (const { concern } of block) {
    const { tenant, kind, id } = concern;
    if (tenant !== null && kind !== null && id !== null) lifted.delete(entityKeyText({ tenant, kind, id }));
  }
  return moved.filter(([key]) => !lifted.has(entityKeyText(key)));
}

/** One per entity, in the order of their last changes. */
function pendingOf({ changes }: StateWrite): readonly PendingStep[] {
  const steps = new Map<EntityKeyText, PendingStep>();
  for (const { entity } of changes) {
    if (!isRetrievable(entity.key.kind)) continue;
    const name = entityKeyText(entity.key);
    steps.delete(name);
    steps.set(name, { tenant: entity.key.tenant, field: fieldOf(entity.key), revision: entity.revision });
  }
  return [...steps.values()];
}
