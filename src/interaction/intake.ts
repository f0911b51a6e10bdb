/**
 * The entrance for events: what is appended has been understood, carries the credential's tenant and is canonical, so equal events
 * are equal bytes. All events of one call are appended, or none is.
 */
import { canonicalJson, digestOf, type JsonValue } from '../domain/canonical.js';
import { type Entity, type EntityKey, entityKeyText } from '../domain/entity.js';
import type { EntityEvent, InteractionEvent } from '../domain/event.js';
import { eventName } from '../domain/fold.js';
import { isJsonObject } from '../domain/json.js';
import { parseCloudEvent } from '../domain/parse.js';
import { type PartitionKey, type Position, partitionKey, positionText } from '../domain/position.js';
import { recordKey } from '../domain/record-key.js';
import { type Rejection, rejection, rejectionAdvice } from '../domain/rejection.js';
import { encodeToken, type LogIdentity } from '../domain/token.js';
import { type ErrorFacts, TidemarkError } from '../errors.js';
import { limits } from '../limits.js';
import type { EventLog, NewRecord } from '../log/port.js';
import { type TopicMap, topicAbout } from '../log/topics.js';
import type { StateReader } from '../state/port.js';

export interface IntakeParts {
  readonly log: EventLog;
  readonly state: StateReader;
  readonly topics: TopicMap;
  readonly identity: LogIdentity;
}

export interface AppendedEvent {
  /** `duplicate`: this (source, id) with this body was appended before; the position is the first one's. */
  readonly status: 'appended' | 'duplicate';
  readonly position: Position;
}

export interface IntakeReply {
  readonly events: readonly AppendedEvent[];
  /** Covers every position of the reply. */
  readonly token: string;
}

/** An event that can be appended. */
interface Accepted {
  readonly event: EntityEvent | InteractionEvent;
  readonly text: string;
}

export class Intake {
  readonly #parts: IntakeParts;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /** Throws `event_rejected` or `event_id_reused`, naming the events by index; then nothing was appended. */
  async append(tenant: string, bodies: readonly JsonValue[]): Promise<IntakeReply> {
    const accepted = acceptAll(tenant, bodies);
    const firsts = firstOccurrences(accepted);
    const known = await this.#alreadyFolded(accepted);
    const fresh = accepted.filter((_, index) => known[index] === undefined && firsts[index] === index);
    const positions = await this.#parts.log.append(fresh.map((entry) => this.#recordOf(entry)));
    const appended = new Map(fresh.map((entry, index) => [entry, positions[index]]));
    const events = accepted.map((entry, index): AppendedEvent => {
      const folded = known[index];
      if (folded !== undefined) return { status: 'duplicate', position: folded };
      const first = accepted[firsts[index] ?? index] ?? entry;
      const position = appended.get(first);
      if (position === undefined) throw new Error('the log returned fewer positions than records');
      return { status: first === entry ? 'appended' : 'duplicate', position };
    });
    return { events, token: encodeToken(this.#parts.identity, vectorOf(events)) };
  }

  #recordOf({ event, text }: Accepted): NewRecord {
    const about = event.about === 'entity' ? event.key.kind : event.kind;
    const id = event.about === 'entity' ? event.key.id : event.subject;
    const { name } = topicAbout(this.#parts.topics, about);
    return { topic: name, key: recordKey(event.tenant, id), headers: cloudEventHeaders, value: encoder.encode(text) };
  }

  /** The first position of each event the fold has seen already; two calls in flight at once are told apart by the fold. */
  async #alreadyFolded(accepted: readonly Accepted[]): Promise<readonly (Position | undefined)[]> {
    const keys = accepted.map(({ event }) => (event.about === 'entity' ? event.key : undefined));
    const entities = await this.#parts.state.entities(keys.filter((key): key is EntityKey => key !== undefined));
    let next = 0;
    return accepted.map(({ event }, index) => {
      const entity = keys[index] === undefined ? undefined : entities[next++];
      return entity === undefined ? undefined : firstPosition(entity, event, index);
    });
  }
}

const encoder = new TextEncoder();
const cloudEventHeaders = [['content-type', encoder.encode('application/cloudevents+json; charset=utf-8')]] as const;

function acceptAll(tenant: string, bodies: readonly JsonValue[]): readonly Accepted[] {
  const accepted: Accepted[] = [];
  const faults: string[] = [];
  for (const [index, body] of bodies.entries()) {
    const result = accept(tenant, body);
    if ('reason' in result)
      faults.push(`/${index}: ${result.reason}: ${result.detail}. ${rejectionAdvice[result.reason]}`);
    else accepted.push(result);
  }
  if (faults.length === 0) return accepted;
  throw new TidemarkError({
    code: 'event_rejected',
    message: `${faults.length} of ${bodies.length} events were not understood; none was appended`,
    advice: 'Correct the events named under errors and send the whole request again.',
    retriable: false,
    facts: { errors: faults.slice(0, limits.omittedMax) },
  });
}

function accept(tenant: string, body: JsonValue): Accepted | Rejection {
  if (!isJsonObject(body)) return rejection('not_a_cloudevent', 'not a JSON object');
  // Weighed as it came first: copying a hundred thousand members and bringing them into order would hold up everybody else.
  const came = Buffer.byteLength(JSON.stringify(body));
  if (came > limits.eventBytesMax) return rejection('too_large', `${came} bytes, limit ${limits.eventBytesMax}`);
  const text = canonicalJson({ ...body, tenant: body.tenant ?? tenant });
  const bytes = Buffer.byteLength(text);
  if (bytes > limits.eventBytesMax) return rejection('too_large', `${bytes} bytes, limit ${limits.eventBytesMax}`);
  const parsed = parseCloudEvent(body, { about: null, tenant }, digestOf(text));
  if (parsed.kind === 'rejected') return parsed.rejection;
  if (parsed.event.about === 'tombstone') return rejection('data_missing', 'a tombstone is no event');
  return { event: parsed.event, text };
}

/** For each event the index at which the request has it first. */
function firstOccurrences(accepted: readonly Accepted[]): readonly number[] {
  const seen = new Map<string, number>();
  return accepted.map(({ event }, index) => {
    const about = event.about === 'entity' ? entityKeyText(event.key) : `${event.kind} ${event.subject}`;
    const name = `${eventName(event.source, event.id)} ${about}`;
    const first = seen.get(name) ?? index;
    seen.set(name, first);
    if (accepted[first]?.event.digest !== event.digest) throw idReused(index, { firstIndex: first });
    return first;
  });
}

function idReused(index: number, first: ErrorFacts): TidemarkError {
  return new TidemarkError({
    code: 'event_id_reused',
    message: `event ${index} uses a (source, id) that was used before with another body; nothing was appended`,
    advice: 'Give the changed event an id of its own.',
    retriable: false,
    facts: { index, ...first },
  });
}

function firstPosition(entity: Entity, event: EntityEvent | InteractionEvent, index: number): Position | undefined {
  const known = entity.recent.find((recent) => recent.id === eventName(event.source, event.id));
  if (known === undefined) return undefined;
  const position = { ...entity.watermark.position, offset: known.offset };
  if (known.digest === event.digest) return position;
  throw idReused(index, { firstPosition: positionText(position) });
}

function vectorOf(events: readonly AppendedEvent[]): ReadonlyMap<PartitionKey, bigint> {
  const vector = new Map<PartitionKey, bigint>();
  for (const { position } of events) {
    const key = partitionKey(position.topic, position.partition);
    const known = vector.get(key);
    if (known === undefined || position.offset > known) vector.set(key, position.offset);
  }
  return vector;
}
