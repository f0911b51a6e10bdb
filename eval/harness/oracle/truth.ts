/**
 * What is true at a moment, worked out as plainly as can be: one map, one record after the other. It reads bytes with the service's own
 * parser, since what a record says is not in question, and knows the schemas of the kinds; which state wins, what a patch makes of it and
 * whose it is are decided here anew, so that a mistake in the fold cannot hide.
 */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { JsonObject } from '../../../src/domain/canonical.js';
import type { RawRecord } from '../../../src/domain/envelope.js';
import type { EntityEvent, Tombstone } from '../../../src/domain/event.js';
import { type Kind, kinds } from '../../../src/domain/kinds/index.js';
import { parseRecord, type TopicRules } from '../../../src/domain/parse.js';
import { limits } from '../../../src/limits.js';
import { isNewer, type Order, orderOf } from './order.js';
import { patched } from './patched.js';

/** A record of the stream as the log got it. */
export interface StreamRecord extends Omit<RawRecord, 'position'> {
  readonly topic: string;
  readonly rules: TopicRules;
  /** Of the log that it is played into: without versions, what lies in two partitions has no order. */
  readonly partition: number;
  /** `topic:partition:offset`, as the stream numbers it. */
  readonly position: string;
}

/** What an entity is. */
export interface State {
  readonly tenant: string;
  readonly kind: Kind;
  readonly id: string;
  readonly data: JsonObject;
  readonly hash: string;
  /** Of the record that made it so. */
  readonly position: string;
}

/** Everything known of one key; `state` is null once it is deleted. */
interface Known {
  readonly order: Order;
  readonly position: string;
  readonly state: State | null;
  /** Of the last events that counted, oldest first: the service promises to recognise these, and no more, when they come again. */
  readonly names: readonly string[];
}

/** What was said of one key, in the order in which it lies in the stream. */
interface Told {
  readonly at: number;
  readonly record: StreamRecord;
}

export class Truth {
  readonly #known = new Map<string, Known>();
  /** Every record by its position and every key by what was said of it. Null: none of it is ever needed again. */
  readonly #told: { readonly records: Map<string, Told>; readonly keys: Map<string, Told[]> } | null;
  readonly #repaired = new Set<string>();
  readonly #tenants = new Set<string>();
  /** The tenants that ever had a value with this hash. */
  readonly #holders = new Map<string, readonly string[]>();
  /** By tenant and policy, the keys of all its versions that ever were. */
  readonly #versions = new Map<string, Set<string>>();
  /** By tenant and account, the keys of what ever belonged to it. */
  readonly #members = new Map<string, Set<string>>();

  /** `isDecided`: records may be repaired. */
  constructor(isDecided: boolean) {
    this.#told = isDecided ? { records: new Map(), keys: new Map() } : null;
  }

  /** A record that is rejected, superseded or a repetition leaves the truth as it is, and so does what a copilot did. */
  take(record: StreamRecord): void {
    const event = eventIn(record);
    if (this.#told !== null) {
      const { records, keys } = this.#told;
      const told = { at: records.size, record };
      records.set(record.position, told);
      if (event !== undefined) pushTo(keys, keyText(event.key), told);
    }
    if (event !== undefined) this.#take(event, record);
  }

  /**
   * Other bytes in the place of a record: everything that was said of its key is told again, in its order. The first repair stands; one
   * that is no event, or about another key than the record, is none.
   */
  repair(position: string, value: Uint8Array): void {
    const broken = this.#told?.records.get(position);
    if (this.#told === null || broken === undefined || this.#repaired.has(position)) return;
    const record: StreamRecord = { ...broken.record, headers: [], value };
    const [event, wanted] = [eventIn(record), keyNamedBy(broken.record)];
    if (event === undefined || (wanted !== undefined && wanted !== keyText(event.key))) return;
    this.#repaired.add(position);
    const name = keyText(event.key);
    const others = (this.#told.keys.get(name) ?? []).filter(({ at }) => at !== broken.at);
    const again = [...others, { at: broken.at, record }].sort((a, b) => a.at - b.at);
    this.#told.keys.set(name, again);
    this.#known.delete(name);
    for (const { record: one } of again) {
      const said = eventIn(one);
      if (said !== undefined) this.#take(said, one);
    }
  }

  #take(event: EntityEvent | Tombstone, record: StreamRecord): void {
    const name = keyText(event.key);
    const known = this.#known.get(name);
    const order = orderOf(event, record);
    if (known !== undefined && (isRepeated(known, event) || !isNewer(order, known))) return;
    const data = dataAfter(event, known?.state?.data);
    if (data === undefined) return;
    const state = data === null ? null : stateOf(event, data, record.position);
    if (state !== null) this.#file(name, state);
    this.#tenants.add(event.key.tenant);
    this.#known.set(name, { order, position: record.position, state, names: namesAfter(known, event) });
  }

  /** Undefined: nothing has been said of it. Null: it is deleted. */
  state(tenant: string, kind: string, id: string): State | null | undefined {
    return this.#known.get(keyText({ tenant, kind, id }))?.state;
  }

  knowsTenant(tenant: string): boolean {
    return this.#tenants.has(tenant);
  }

  /** Tenants that ever had exactly this value. */
  holdersOf(hash: string): readonly string[] {
    return this.#holders.get(hash) ?? [];
  }

  versionsOf(tenant: string, policyId: string): readonly State[] {
    return this.#present(this.#versions.get(groupText(tenant, policyId))).filter(
      ({ kind, data }) => kind === 'policy' && data.policyId === policyId,
    );
  }

  membersOf(tenant: string, accountId: string): readonly State[] {
    return this.#present(this.#members.get(groupText(tenant, accountId))).filter(
      (state) => ownerOf(state) === accountId,
    );
  }

  #present(names: Iterable<string> = []): readonly State[] {
    return [...names].flatMap((name) => this.#known.get(name)?.state ?? []);
  }

  #file(name: string, state: State): void {
    const holders = this.#holders.get(state.hash) ?? [];
    if (!holders.includes(state.tenant)) this.#holders.set(state.hash, [...holders, state.tenant]);
    if (state.kind === 'policy') add(this.#versions, groupText(state.tenant, String(state.data.policyId)), name);
    const owner = ownerOf(state);
    if (owner !== null) add(this.#members, groupText(state.tenant, owner), name);
  }
}

/** Undefined: it is rejected, or tells what a copilot did. */
function eventIn({ key, headers, value, rules }: StreamRecord): EntityEvent | Tombstone | undefined {
  const parsed = parseRecord({ key, headers, value }, rules);
  return parsed.kind === 'rejected' || parsed.event.about === 'interaction' ? undefined : parsed.event;
}

/** Of a rejected record too, where it can be read so far. */
function keyNamedBy({ key, headers, value, rules }: StreamRecord): string | undefined {
  const parsed = parseRecord({ key, headers, value }, rules);
  if (parsed.kind === 'event') return parsed.event.about === 'interaction' ? undefined : keyText(parsed.event.key);
  const { tenant, kind, id } = parsed.concern;
  return tenant === null || kind === null || id === null ? undefined : keyText({ tenant, kind, id });
}

/** The account that it belongs to; null: to the tenant. */
export function ownerOf({ kind, id, data }: State): string | null {
  if (kind === 'account') return id;
  return kind === 'policy' ? null : String(data.accountId);
}

/** SHA-256 over RFC 8785 text, as the service names values. */
export function hashOf(data: unknown): string {
  return `sha256-${createHash('sha256')
    .update(canonicalize(data) ?? '')
    .digest('hex')}`;
}

function stateOf({ key: { tenant, kind, id } }: EntityEvent | Tombstone, data: JsonObject, position: string): State {
  return { tenant, kind, id, data, hash: hashOf(data), position };
}

/** Null: deleted. Undefined: there is nothing that it could be applied to, or what it makes is no legal entity. */
function dataAfter(event: EntityEvent | Tombstone, before: JsonObject | undefined): JsonObject | null | undefined {
  if (event.about === 'tombstone' || event.change.op === 'delete') return null;
  if (event.change.op === 'patch' && before === undefined) return undefined;
  const data = event.change.op === 'patch' ? patched(before ?? {}, event.change.patch) : event.change.data;
  const isLegal =
    kinds[event.key.kind].schema.safeParse(data).success &&
    Buffer.byteLength(JSON.stringify(data)) <= limits.entityBytesMax;
  return isLegal ? data : undefined;
}

function isRepeated({ names }: Known, event: EntityEvent | Tombstone): boolean {
  return event.about === 'entity' && names.includes(nameOf(event));
}

function namesAfter(known: Known | undefined, event: EntityEvent | Tombstone): readonly string[] {
  const names = known?.names ?? [];
  return event.about === 'tombstone' ? names : [...names, nameOf(event)].slice(-limits.recentEventsMax);
}

/** By (source, id): with another body it is refused, with the same it is a repetition, and neither counts. */
function nameOf({ source, id }: EntityEvent): string {
  return JSON.stringify([source, id]);
}

function keyText({ tenant, kind, id }: { tenant: string; kind: string; id: string }): string {
  return JSON.stringify([tenant, kind, id]);
}

function groupText(tenant: string, name: string): string {
  return JSON.stringify([tenant, name]);
}

function pushTo(keys: Map<string, Told[]>, name: string, told: Told): void {
  const before = keys.get(name);
  if (before === undefined) keys.set(name, [told]);
  else before.push(told);
}

function add(groups: Map<string, Set<string>>, group: string, name: string): void {
  const names = groups.get(group) ?? new Set();
  groups.set(group, names.add(name));
}
