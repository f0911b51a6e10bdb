/** Bytes to event, or to a rejection with a closed reason. Never throws. How a record carries its event is `envelope.ts`. */

import { limits } from '../limits.js';
import type { Digest, JsonObject, JsonValue } from './canonical.js';
import { type EntityKey, namedKey } from './entity.js';
import { openEnvelope, type RawRecord, type RecordFormat } from './envelope.js';
import type { EntityEvent, Event, InteractionEvent, InteractionKind } from './event.js';
import { faultInInteraction, interactionClasses, interactionKindOf } from './interaction/index.js';
import { isJsonObject, readJson } from './json.js';
import { isKind, type Kind, kinds } from './kinds/index.js';
import { type KeyForm, type KeyReading, keyFormOf, readRecordKey } from './record-key.js';
import { type Rejection, type RejectionReason, rejection } from './rejection.js';
import { isDateTime } from './time.js';
import { type EntityVersion, parseVersion } from './version.js';

/** What a topic's configuration says about its records. */
export interface TopicRules {
  /** What its events are about; null takes any known kind (the HTTP entrance, before an event has a topic). */
  readonly about: Kind | InteractionKind | null;
  /** The tenant of all its records; null when each record names its own. */
  readonly tenant: string | null;
  /** Absent: the bare id where the topic has a tenant, else `tenant/id`. */
  readonly key?: KeyForm | undefined;
  /** Absent: every record is a CloudEvent. */
  readonly format?: RecordFormat | undefined;
}

/** As much as could be read of whom a rejected record concerns: it decides which answers are incomplete. */
export interface Concern {
  readonly tenant: string | null;
  readonly kind: Kind | null;
  readonly id: string | null;
  readonly accountId: string | null;
}

export type Parsed =
  | { readonly kind: 'event'; readonly event: Event }
  | { readonly kind: 'rejected'; readonly rejection: Rejection; readonly concern: Concern };

/** A record of a topic. */
export function parseRecord(record: RawRecord, rules: TopicRules): Parsed {
  const kind = rules.about !== null && isKind(rules.about) ? rules.about : null;
  const named = readRecordKey(record.key, rules);
  const concern: Concern = { tenant: named?.tenant ?? rules.tenant, kind, id: named?.id ?? null, accountId: null };
  if (record.value === null) return parseTombstone(named, kind, concern);
  if (record.value.length > limits.eventBytesMax) {
    return rejected('too_large', `${record.value.length} bytes, limit ${limits.eventBytesMax}`, concern);
  }
  const reading = readJson(record.value);
  if (!reading.ok) return { kind: 'rejected', rejection: reading.rejection, concern };
  const envelope = openEnvelope(record, reading.value, rules, named);
  if (envelope === 'not_utf8') return rejected('not_utf8', 'a ce_ header is not UTF-8', concern);
  const parsed = parseCloudEvent(envelope.body, rules, envelope.digest, concern);
  return keyFormOf(rules) === 'none' ? parsed : underItsKey(parsed, named);
}

/**
 * An entity has one order because all its records lie in one partition, and they do because they have one key. A record under
 * another key would be folded before or after the others as partitions happen to interleave, so it is not folded at all; nor does
 * its rejection concern the entity it names, for the same reason: it stands until an operator decides.
 */
function underItsKey(parsed: Parsed, named: KeyReading | undefined): Parsed {
  if (parsed.kind === 'rejected' || parsed.event.about === 'tombstone') return parsed;
  if (parsed.event.about === 'interaction') return interactionUnderItsKey(parsed, parsed.event, named);
  const { key, change } = parsed.event;
  if (named?.tenant === key.tenant && named.id === key.id) return parsed;
  const data = change.op === 'upsert' ? change.data : change.op === 'patch' ? change.patch : null;
  const concern = { tenant: key.tenant, kind: key.kind, id: null, accountId: ownerIn(key.kind, key.id, data) };
  return rejected('key_mismatch', 'the record key is not the key of the entity that the event names', concern);
}

const nobody: Concern = { tenant: null, kind: null, id: null, accountId: null };

/** Nor would anybody know whose call of a tool was first. Workflows are told apart by people, and what orders them is a smaller promise. */
function interactionUnderItsKey(parsed: Parsed, event: InteractionEvent, named: KeyReading | undefined): Parsed {
  const { tenant, kind, subject } = event;
  if (!interactionClasses[kind].isSubjectRequired || (named?.tenant === tenant && named.id === subject)) return parsed;
  const detail = 'the record key is not the key of the subject that the event names';
  return rejected('key_mismatch', detail, { tenant, kind: null, id: null, accountId: null });
}

/** A CloudEvent as JSON, structured mode. `digest` identifies its bytes. */
export function parseCloudEvent(body: JsonValue, rules: TopicRules, digest: Digest, known: Concern = nobody): Parsed {
  if (!isJsonObject(body)) return rejected('not_a_cloudevent', 'value is not a JSON object', known);
  const core = readCore(body, rules, digest);
  if ('reason' in core) return { kind: 'rejected', rejection: core, concern: concernIn(body, known) };
  const about = subjectMatter(core.type);
  if (about === undefined)
    return rejected('kind_unknown', 'type begins with no known kind', { ...known, tenant: core.tenant });
  if (typeof about === 'object')
    return { kind: 'rejected', rejection: about, concern: { ...known, tenant: core.tenant } };
  if (rules.about !== null && rules.about !== about) {
    return rejected('kind_of_another_topic', `a ${about} event on a topic of ${rules.about} events`, known);
  }
  return isKind(about) ? parseEntity(body, core, about, known) : parseInteraction(body, core, about);
}

function rejected(reason: RejectionReason, detail: string, concern: Concern): Parsed {
  return { kind: 'rejected', rejection: rejection(reason, detail), concern };
}

function parseTombstone(
  named: { tenant: string; id: string } | undefined,
  kind: Kind | null,
  concern: Concern,
): Parsed {
  if (named === undefined || kind === null)
    return rejected('key_unreadable', 'a null value with no readable key', concern);
  return { kind: 'event', event: { about: 'tombstone', tenant: named.tenant, key: namedKey({ ...named, kind }) } };
}

const requiredAttributes = ['id', 'source', 'specversion', 'type'] as const;

type Core = Omit<EntityEvent, 'about' | 'key' | 'version' | 'change'>;

function readCore(body: JsonObject, rules: TopicRules, digest: Digest): Core | Rejection {
  for (const name of requiredAttributes) {
    if (typeof body[name] !== 'string' || body[name] === '') return rejection('not_a_cloudevent', `${name} is missing`);
  }
  if (body.specversion !== '1.0') return rejection('specversion_unsupported', 'specversion is not 1.0');
  for (const [name, lengthMax] of attributeLengths) {
    const value = body[name];
    if (value === undefined || value === null) continue;
    if (typeof value !== 'string' || value === '' || value.length > lengthMax) {
      return rejection('attribute_invalid', `${name} is not a string of 1 to ${lengthMax} characters`);
    }
  }
  if (typeof body.time === 'string' && !isDateTime(body.time)) return rejection('time_invalid', 'time is not RFC 3339');
  const tenant = attribute(body, 'tenant') ?? rules.tenant;
  if (tenant === null) return rejection('tenant_missing', 'neither the event nor the topic names a tenant');
  if (rules.tenant !== null && tenant !== rules.tenant)
    return rejection('tenant_mismatch', 'tenant differs from the one in force');
  return {
    id: attribute(body, 'id') ?? '',
    source: attribute(body, 'source') ?? '',
    type: attribute(body, 'type') ?? '',
    tenant,
    time: attribute(body, 'time'),
    correlationId: attribute(body, 'correlationid'),
    causationId: attribute(body, 'causationid'),
    digest,
  };
}

/** The attributes this service reads. Other extensions are kept, whatever they hold. */
const attributeLengths: readonly (readonly [name: string, lengthMax: number])[] = [
  ['id', limits.idLengthMax],
  ['source', limits.idLengthMax],
  ['subject', limits.idLengthMax],
  ['tenant', limits.idLengthMax],
  ['type', limits.attributeLengthMax],
  ['time', limits.attributeLengthMax],
  ['op', limits.attributeLengthMax],
  ['correlationid', limits.attributeLengthMax],
  ['causationid', limits.attributeLengthMax],
  ['entityversion', limits.attributeLengthMax],
];

function attribute(body: JsonObject, name: string): string | null {
  const value = body[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Of an entity the first segment of the type: `ticket.comment.added` is about a ticket. */
function subjectMatter(type: string): Kind | InteractionKind | Rejection | undefined {
  const dot = type.indexOf('.');
  const head = dot === -1 ? type : type.slice(0, dot);
  return isKind(head) ? head : interactionKindOf(type);
}

function parseEntity(body: JsonObject, core: Core, kind: Kind, known: Concern): Parsed {
  const data = isJsonObject(body.data) ? body.data : null;
  const id = attribute(body, 'subject') ?? (data === null ? null : attribute(data, 'id'));
  const concern: Concern = { tenant: core.tenant, kind, id: asId(id) ?? known.id, accountId: ownerIn(kind, id, data) };
  if (id === null || id.length > limits.idLengthMax) return rejected('subject_missing', 'no subject', concern);
  const version = readVersion(body);
  if (version === undefined) return rejected('version_malformed', 'entityversion is no decimal and no LSN', concern);
  const change = readChange(body, data, kind, id);
  if ('reason' in change) return { kind: 'rejected', rejection: change, concern };
  const key = namedKey({ tenant: core.tenant, kind, id });
  return { kind: 'event', event: entityEvent(core, key, version, change) };
}

/** Member by member: spreading into a larger object takes ten times as long as the rest of reading an event. */
function entityEvent(
  core: Core,
  key: EntityKey,
  version: EntityVersion | null,
  change: EntityEvent['change'],
): EntityEvent {
  return {
    about: 'entity',
    id: core.id,
    source: core.source,
    type: core.type,
    tenant: core.tenant,
    time: core.time,
    correlationId: core.correlationId,
    causationId: core.causationId,
    digest: core.digest,
    key,
    version,
    change,
  };
}

function ownerIn(kind: Kind, id: string | null, data: JsonObject | null): string | null {
  if (kind === 'account') return id;
  return data === null ? null : asId(kinds[kind].ownerOf(id ?? '', data));
}

/** What a body that is no event still says of whom it concerns; what it does not say, the record key may. */
function concernIn(body: JsonObject, known: Concern): Concern {
  const data = isJsonObject(body.data) ? body.data : null;
  const id = asId(attribute(body, 'subject') ?? (data === null ? null : attribute(data, 'id'))) ?? known.id;
  const tenant = known.tenant ?? asId(attribute(body, 'tenant'));
  const accountId = known.kind === null ? null : ownerIn(known.kind, id, data);
  return { tenant, kind: known.kind, id, accountId };
}

/** A text too long for an id names nobody. */
function asId(text: string | null): string | null {
  return text === null || text.length > limits.idLengthMax ? null : text;
}

function readVersion(body: JsonObject): EntityVersion | null | undefined {
  const text = attribute(body, 'entityversion');
  return text === null ? null : parseVersion(text);
}

function readChange(
  body: JsonObject,
  data: JsonObject | null,
  kind: Kind,
  id: string,
): EntityEvent['change'] | Rejection {
  const op = attribute(body, 'op') ?? 'upsert';
  if (op === 'delete') return { op };
  if (op !== 'upsert' && op !== 'patch') return rejection('op_unknown', 'op is none of upsert, patch, delete');
  if (data === null) return rejection('data_missing', 'data is not a JSON object');
  if (data.id !== undefined && data.id !== id) return rejection('subject_mismatch', 'data.id differs from subject');
  if (op === 'patch') return { op, patch: data };
  const full = data.id === undefined ? { ...data, id } : data;
  const fault = faultInData(kind, full);
  return fault ?? { op, data: full };
}

/** Undefined when the data has the required fields of its kind. Names fields, never values. */
export function faultInData(kind: Kind, data: JsonObject): Rejection | undefined {
  const result = kinds[kind].schema.safeParse(data);
  if (result.success) return undefined;
  const fields = result.error.issues.slice(0, 5).map((issue) => `/${issue.path.join('/')} (${issue.code})`);
  return rejection('data_invalid', `${kind} data: ${fields.join(', ')}`);
}

function parseInteraction(body: JsonObject, core: Core, kind: InteractionKind): Parsed {
  const concern: Concern = { tenant: core.tenant, kind: null, id: null, accountId: null };
  const data = body.data ?? {};
  if (!isJsonObject(data)) return rejected('data_missing', 'data is not a JSON object', concern);
  const subject = attribute(body, 'subject');
  if (subject === null && interactionClasses[kind].isSubjectRequired) {
    return rejected('subject_missing', `subject is ${interactionClasses[kind].subject}`, concern);
  }
  const fault = faultInInteraction(kind, core.type, data);
  if (fault !== undefined) return { kind: 'rejected', rejection: fault, concern };
  const named = subject ?? core.correlationId ?? core.id;
  return { kind: 'event', event: interactionEvent(core, kind, named, data) };
}

function interactionEvent(core: Core, kind: InteractionKind, subject: string, data: JsonObject): InteractionEvent {
  return {
    about: 'interaction',
    id: core.id,
    source: core.source,
    type: core.type,
    tenant: core.tenant,
    time: core.time,
    correlationId: core.correlationId,
    causationId: core.causationId,
    digest: core.digest,
    kind,
    subject,
    data,
  };
}
