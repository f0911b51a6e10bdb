/**
 * The fold: one event into one entity. Pure, and the same for live reading, rebuilding and replay. What is newest wins (P4): by
 * entity version where the source gives one, else by position.
 */

import { limits } from '../limits.js';
import { canonicalJson, digestOf, type JsonObject, sha256Hex } from './canonical.js';
import type { DeletedEntity, Entity, EntityKey, PresentEntity, RecentEvent, Watermark } from './entity.js';
import type { EntityEvent, Tombstone } from './event.js';
import { isJsonObject } from './json.js';
import { kinds } from './kinds/index.js';
import { mergePatch } from './merge-patch.js';
import { faultInData } from './parse.js';
import { comparePositions, type Position } from './position.js';
import { type Rejection, rejection } from './rejection.js';
import { compareVersions, type EntityVersion, versionForm } from './version.js';

export type FoldResult =
  | { readonly outcome: 'applied'; readonly entity: Entity }
  | { readonly outcome: 'superseded' }
  /** The same (source, id) and body was folded before, at `firstOffset` of the same partition. */
  | { readonly outcome: 'duplicate'; readonly firstOffset: bigint }
  | { readonly outcome: 'rejected'; readonly rejection: Rejection };

/** How a record came here: where it is, and the redrive decision that let it in, if one did. */
export interface Arrival {
  readonly position: Position;
  readonly redrive: string | null;
}

export function fold(current: Entity | undefined, event: EntityEvent | Tombstone, arrival: Arrival): FoldResult {
  const seen = recentEvent(event, arrival.position.offset);
  const repeated = current === undefined || seen === null ? undefined : recognise(current, seen);
  if (repeated !== undefined) return repeated;
  const version = event.about === 'entity' ? event.version : null;
  if (current !== undefined) {
    const late = orderAgainst(current, version, event, arrival.position);
    if (late !== undefined) return late;
  }
  const next = nextCore(current, event, { ...arrival, seen });
  if (event.about === 'tombstone' || event.change.op === 'delete') {
    return { outcome: 'applied', entity: deletedEntity(next, current) };
  }
  const data = nextData(current, event.change);
  return data.ok ? withData(next, data.data) : { outcome: 'rejected', rejection: data.rejection };
}

/** Many small patches can make one large entity, which every answer that holds it would then carry. */
function withData(next: NextCore, data: JsonObject): FoldResult {
  const json = canonicalJson(data);
  const bytes = Buffer.byteLength(json);
  if (bytes <= limits.entityBytesMax) return { outcome: 'applied', entity: presentEntity(next, data, json) };
  const detail = `the entity would have ${bytes} bytes, more than ${limits.entityBytesMax}`;
  return { outcome: 'rejected', rejection: rejection('too_large', detail) };
}

type NextData =
  | { readonly ok: true; readonly data: JsonObject }
  | { readonly ok: false; readonly rejection: Rejection };

function nextData(current: Entity | undefined, change: Exclude<EntityEvent['change'], { op: 'delete' }>): NextData {
  if (change.op === 'upsert') return { ok: true, data: change.data };
  if (current?.status !== 'present') {
    return { ok: false, rejection: rejection('patch_of_unknown_entity', 'no full state to patch') };
  }
  const merged = mergePatch(JSON.parse(current.json), change.patch);
  if (!isJsonObject(merged)) return { ok: false, rejection: rejection('data_invalid', 'patch leaves no object') };
  const fault = faultInData(current.key.kind, merged);
  return fault === undefined ? { ok: true, data: merged } : { ok: false, rejection: fault };
}

/** A digest of (source, id), short: 16 bytes tell events of one key apart. */
export function eventName(source: string, id: string): string {
  return sha256Hex(`${source.length}:${source}${id}`).slice(0, 32);
}

/** Its name is a digest, so it is made once. Null: a tombstone has none. */
function recentEvent(event: EntityEvent | Tombstone, offset: bigint): RecentEvent | null {
  if (event.about === 'tombstone') return null;
  return { id: eventName(event.source, event.id), digest: event.digest, offset };
}

function recognise(current: Entity, { id, digest }: RecentEvent): FoldResult | undefined {
  const known = current.recent.find((recent) => recent.id === id);
  if (known === undefined) return undefined;
  if (known.digest === digest) return { outcome: 'duplicate', firstOffset: known.offset };
  const detail = `first used at offset ${known.offset} of the same partition`;
  return { outcome: 'rejected', rejection: rejection('id_reused', detail) };
}

function orderAgainst(
  current: Entity,
  version: EntityVersion | null,
  event: EntityEvent | Tombstone,
  position: Position,
): FoldResult | undefined {
  const known = current.watermark.version;
  if (known === null && version === null) {
    const { topic, partition } = current.watermark.position;
    if (topic !== position.topic || partition !== position.partition) {
      const detail = `folded before from partition ${partition} of ${topic}, and there is no version to compare`;
      return { outcome: 'rejected', rejection: rejection('order_unknown', detail) };
    }
    return comparePositions(position, current.watermark.position) > 0 ? undefined : { outcome: 'superseded' };
  }
  if (known !== null && version !== null && versionForm(known) === versionForm(version)) {
    return compareVersions(version, known) > 0 ? undefined : { outcome: 'superseded' };
  }
  // A source that deletes with a version and then writes the bare tombstone Kafka's compaction needs has said nothing new.
  if (event.about === 'tombstone' && current.status === 'deleted') return { outcome: 'superseded' };
  return { outcome: 'rejected', rejection: rejection('version_mixed', 'this key has both kinds of order') };
}

type NextCore = Omit<DeletedEntity, 'status' | 'accountId'>;

interface SeenArrival extends Arrival {
  readonly seen: RecentEvent | null;
}

function nextCore(current: Entity | undefined, event: EntityEvent | Tombstone, arrival: SeenArrival): NextCore {
  const key: EntityKey = event.key;
  const watermark: Watermark = { position: arrival.position, version: event.about === 'entity' ? event.version : null };
  // Kept past a full state: what a redriven record taught the key (its ids, its kind of order) still decides on later events.
  const earlier = current?.redrives ?? NO_REDRIVES;
  return {
    key: current?.key ?? key,
    watermark,
    eventTime: event.about === 'entity' ? event.time : null,
    recent: remember(current?.recent ?? NO_EVENTS, arrival.seen),
    redrives: arrival.redrive === null ? earlier : [...earlier, arrival.redrive],
    revision: (current?.revision ?? 0) + 1,
  };
}

// Nearly every entity has none: one list serves them all.
const NO_REDRIVES: readonly string[] = Object.freeze([]);

const NO_EVENTS: readonly RecentEvent[] = Object.freeze([]);

function remember(recent: readonly RecentEvent[], seen: RecentEvent | null): readonly RecentEvent[] {
  if (seen === null) return recent;
  return recent.length === 0 ? [seen] : [...recent.slice(-(limits.recentEventsMax - 1)), seen];
}

function deletedEntity(core: NextCore, current: Entity | undefined): DeletedEntity {
  const accountId = current?.accountId ?? (core.key.kind === 'account' ? core.key.id : null);
  return { ...core, status: 'deleted', accountId };
}

/** Member by member: spreading `core` into the larger object takes longer than all the rest of it. */
function presentEntity(core: NextCore, data: JsonObject, json: string): PresentEntity {
  const definition = kinds[core.key.kind];
  return {
    key: core.key,
    watermark: core.watermark,
    eventTime: core.eventTime,
    recent: core.recent,
    redrives: core.redrives,
    revision: core.revision,
    status: 'present',
    accountId: definition.ownerOf(core.key.id, data),
    json,
    hash: digestOf(json),
    facets: definition.facets(data),
  };
}
