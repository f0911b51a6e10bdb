/**
 * The entrance for events: what is appended has been understood, carries the credential's tenant and is canonical, so equal events
 * are equal bytes. All events of one call are appended, or none is.
 */
import { canonicalJson, digestOf, type JsonValue } from '../domain/canonical.js';
import type { Entity, EntityKey } from '../domain/entity.js';
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
import type { EventLog, NewRecord, RecordReader } from '../log/port.js';
import { type TopicMap, topicAbout } from '../log/topics.js';
import type { StateReader } from '../state/port.js';
import { recoverIds } from './recover-ids.js';
import { nameOf, positionAt, type Use, UsedIds } from './used-ids.js';

export interface IntakeParts {
  readonly log: EventLog & RecordReader;
  readonly state: StateReader;
  readonly topics: TopicMap;
  readonly identity: LogIdentity;
}

export interface AppendedEvent {
  /** `duplicate`: this (source, id) with this body was appended before, or is being appended; the position is the first one's. */
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
  /** The tenant's name for it, by which it is told from its own repetition. */
  readonly name: string;
}

export class Intake {
  readonly #parts: IntakeParts;
  readonly #used = new UsedIds(limits.usedIdsMax);
  #recovery: Promise<void> | undefined;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /**
   * Throws `event_rejected` or `event_id_reused`, naming the events by index; then nothing was appended. An event that somebody else
   * is appending is waited for before anything is appended; when the log does not take that one, this call fails the same way.
   */
  async append(tenant: string, bodies: readonly JsonValue[]): Promise<IntakeReply> {
    const accepted = acceptAll(tenant, bodies);
    const firsts = firstOccurrences(accepted);
    await this.#recover();
    const folded = await this.#alreadyFolded(accepted);
    // From here until the claim nothing else runs: two calls with one id cannot both find it free.
    const uses = accepted.map(({ event, name }, index) =>
      sameUse(this.#used.find(name) ?? folded[index], event, index),
    );
    const fresh = accepted.filter((_, index) => uses[index] === undefined && firsts[index] === index);
    const appending = this.#appendAfter(inFlight(uses), fresh);
    const claimed = fresh.map(({ event, name }) => ({ name, digest: event.digest }));
    this.#used.claim(claimed, appending);
    const positions = await appending;
    const appended = new Map(fresh.map((entry, index) => [entry.name, positionAt(positions, index)]));
    const events = await Promise.all(
      accepted.map(async ({ name }, index): Promise<AppendedEvent> => {
        const used = uses[index];
        if (used !== undefined) return { status: 'duplicate', position: await used.position() };
        const position = appended.get(name);
        if (position === undefined) throw new Error('an event was neither used before nor appended');
        return { status: firsts[index] === index ? 'appended' : 'duplicate', position };
      }),
    );
    return { events, token: encodeToken(this.#parts.identity, vectorOf(events)) };
  }

  /** Which ids are taken; read once, and again only when the log could not be read. */
  #recover(): Promise<void> {
    this.#recovery ??= recoverIds(this.#parts, this.#used, limits.usedIdsMax).catch((error: unknown) => {
      this.#recovery = undefined;
      throw error;
    });
    return this.#recovery;
  }

  async #appendAfter(others: readonly Use[], fresh: readonly Accepted[]): Promise<readonly Position[]> {
    if (others.length > 0) await Promise.all(others.map((use) => use.position()));
    return this.#parts.log.append(fresh.map((entry) => this.#recordOf(entry)));
  }

  #recordOf({ event, text }: Accepted): NewRecord {
    const about = event.about === 'entity' ? event.key.kind : event.kind;
    const id = event.about === 'entity' ? event.key.id : event.subject;
    const { name } = topicAbout(this.#parts.topics, about);
    return { topic: name, key: recordKey(event.tenant, id), headers: cloudEventHeaders, value: encoder.encode(text) };
  }

  /** The first use of each event that the fold has seen under the same key, however long ago other ids of the tenant were used. */
  async #alreadyFolded(accepted: readonly Accepted[]): Promise<readonly (Use | undefined)[]> {
    const keys = accepted.map(({ event }) => (event.about === 'entity' ? event.key : undefined));
    const entities = await this.#parts.state.entities(keys.filter((key): key is EntityKey => key !== undefined));
    let next = 0;
    return accepted.map(({ event }, index) => {
      const entity = keys[index] === undefined ? undefined : entities[next++];
      return entity === undefined ? undefined : foldedUse(entity, event);
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
  return { event: parsed.event, text, name: nameOf(parsed.event) };
}

/** For each event the index at which the request has it first. */
function firstOccurrences(accepted: readonly Accepted[]): readonly number[] {
  const seen = new Map<string, number>();
  return accepted.map(({ event, name }, index) => {
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

/** Throws when the id was used for another event. */
function sameUse(use: Use | undefined, { digest }: Accepted['event'], index: number): Use | undefined {
  if (use === undefined || use.digest === digest) return use;
  throw idReused(index, use.settled === null ? {} : { firstPosition: positionText(use.settled) });
}

function inFlight(uses: readonly (Use | undefined)[]): readonly Use[] {
  return uses.filter((use): use is Use => use?.settled === null);
}

function foldedUse(entity: Entity, event: EntityEvent | InteractionEvent): Use | undefined {
  const known = entity.recent.find((recent) => recent.id === eventName(event.source, event.id));
  if (known === undefined) return undefined;
  const position = { ...entity.watermark.position, offset: known.offset };
  return { digest: known.digest, settled: position, position: async () => position };
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
