/**
 * The entrance for events: what is appended has been understood, carries the credential's tenant and is canonical, so equal events
 * are equal bytes. All events of one call are appended, or none is.
 */
import { canonicalJson, type Digest, digestOf, type JsonValue } from '../domain/canonical.js';
import type { Entity, EntityKey } from '../domain/entity.js';
import type { EntityEvent, InteractionEvent } from '../domain/event.js';
import { eventName } from '../domain/fold.js';
import { isJsonObject } from '../domain/json.js';
import { parseCloudEvent } from '../domain/parse.js';
import { type PartitionKey, type Position, partitionKey, positionText } from '../domain/position.js';
import { recordKeyOn } from '../domain/record-key.js';
import { type Rejection, rejection, rejectionAdvice } from '../domain/rejection.js';
import { encodeToken, type LogIdentity } from '../domain/token.js';
import { type ErrorFacts, TidemarkError } from '../errors.js';
import { limits } from '../limits.js';
import type { EventLog, NewRecord, RecordReader } from '../log/port.js';
import { type SourceTopic, type TopicMap, topicAbout } from '../log/topics.js';
import type { StateReader } from '../state/port.js';
import { recoverIds } from './recover-ids.js';
import { checkReferences, type References } from './references.js';
import { nameOf, positionAt, type Use, UsedIds } from './used-ids.js';

export interface IntakeParts {
  readonly log: EventLog & RecordReader;
  readonly state: StateReader;
  readonly topics: TopicMap;
  readonly identity: LogIdentity;
  /** Where snapshots that events name must be on record. Absent: nobody looks. */
  readonly references?: References;
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
  /** Canonical. */
  readonly bytes: Uint8Array;
  /** The tenant's name for it, by which it is told from its own repetition. */
  readonly name: string;
  readonly digest: Digest;
}

export class Intake {
  readonly #parts: IntakeParts;
  readonly #used = new UsedIds(limits.usedIdsMax);
  #recovery: Promise<void> | undefined;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /**
   * Throws `event_rejected` or `event_id_reused`, naming the events by index, or `behind` when it is not known here whether what they
   * name is on record; then nothing was appended. An event that somebody else
   * is appending is waited for before anything is appended; when the log does not take that one, this call fails the same way.
   */
  async append(tenant: string, bodies: readonly JsonValue[]): Promise<IntakeReply> {
    const accepted = acceptAll(tenant, bodies, this.#parts.topics);
    const firsts = firstOccurrences(accepted);
    await this.#recover();
    await this.#checkReferences(tenant, accepted);
    const folded = await this.#alreadyFolded(accepted);
    // From here until the claim nothing else runs: two calls with one id cannot both find it free.
    const uses = accepted.map((entry, index) => sameUse(this.#used.find(entry.name) ?? folded[index], entry, index));
    const fresh = accepted.filter((_, index) => uses[index] === undefined && firsts[index] === index);
    const appending = this.#appendAfter(inFlight(uses), fresh);
    this.#used.claim(fresh, appending);
    const events = await outcomes(accepted, { uses, firsts, positions: await appending });
    return { events, token: encodeToken(this.#parts.identity, vectorOf(events)) };
  }

  /** Of what is new: an event that was appended before is the same event, whatever has become of its snapshots. */
  async #checkReferences(tenant: string, accepted: readonly Accepted[]): Promise<void> {
    if (this.#parts.references === undefined) return;
    const placed = accepted.map(({ event, name }, index) => ({ event, name, index }));
    const fresh = placed.filter(({ name }) => this.#used.find(name) === undefined);
    await checkReferences(this.#parts.references, tenant, fresh);
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

  #recordOf({ event, bytes }: Accepted): NewRecord {
    const id = event.about === 'entity' ? event.key.id : event.subject;
    const topic = topicOf(event, this.#parts.topics);
    return { topic: topic.name, key: recordKeyOn(topic, event.tenant, id), headers: cloudEventHeaders, value: bytes };
  }

  /** The first use of each event that the fold has seen under the same key, however long ago other ids of the tenant were used. */
  async #alreadyFolded(accepted: readonly Accepted[]): Promise<readonly (Use | undefined)[]> {
    const keys: EntityKey[] = [];
    for (const { event } of accepted) if (event.about === 'entity') keys.push(event.key);
    const entities = await this.#parts.state.entities(keys).catch(unavailable);
    let next = 0;
    return accepted.map(({ event }) => {
      const entity = event.about === 'entity' ? entities[next++] : undefined;
      return entity === undefined ? undefined : foldedUse(entity, event);
    });
  }
}

/** The log is the truth and takes events without the state: what was folded before, the fold tells apart again. */
function unavailable(error: unknown): readonly (Entity | undefined)[] {
  if (error instanceof TidemarkError && error.code === 'state_unavailable') return [];
  throw error;
}

const encoder = new TextEncoder();
const cloudEventHeaders = [['content-type', encoder.encode('application/cloudevents+json; charset=utf-8')]] as const;

function topicOf(event: EntityEvent | InteractionEvent, topics: TopicMap): SourceTopic {
  return topicAbout(topics, event.about === 'entity' ? event.key.kind : event.kind);
}

function acceptAll(tenant: string, bodies: readonly JsonValue[], topics: TopicMap): readonly Accepted[] {
  const accepted: Accepted[] = [];
  const faults: string[] = [];
  for (const [index, body] of bodies.entries()) {
    const result = accept(tenant, body, topics);
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

function accept(tenant: string, body: JsonValue, topics: TopicMap): Accepted | Rejection {
  if (!isJsonObject(body)) return rejection('not_a_cloudevent', 'not a JSON object');
  // Weighed before it is put in order: doing that to a hundred thousand members would hold up everybody else.
  if (weightMin(body) > limits.eventBytesMax) return tooLarge(Buffer.byteLength(JSON.stringify(body)));
  const bytes = Buffer.from(canonicalJson((body.tenant ?? null) === null ? { ...body, tenant } : body));
  if (bytes.length > limits.eventBytesMax) return tooLarge(bytes.length);
  const digest = digestOf(bytes);
  const parsed = parseCloudEvent(body, { about: null, tenant }, digest);
  if (parsed.kind === 'rejected') return parsed.rejection;
  if (parsed.event.about === 'tombstone') return rejection('data_missing', 'a tombstone is no event');
  const owner = topicOf(parsed.event, topics).tenant;
  if (owner !== null && owner !== tenant)
    return rejection('tenant_mismatch', 'the topic of these events is of another tenant');
  return { event: parsed.event, bytes, name: nameOf(parsed.event), digest };
}

function tooLarge(bytes: number): Rejection {
  return rejection('too_large', `${bytes} bytes, limit ${limits.eventBytesMax}`);
}

/** What JSON takes at least, in bytes: no character takes less than one, no number less than one digit. */
function weightMin(value: JsonValue): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 1;
  let weight = 1;
  if (!isJsonObject(value)) for (const item of value) weight += weightMin(item) + 1;
  else for (const name of Object.keys(value)) weight += name.length + 4 + weightMin(value[name] ?? null);
  return weight;
}

/** For each event the index at which the request has it first. */
function firstOccurrences(accepted: readonly Accepted[]): readonly number[] {
  const seen = new Map<string, number>();
  return accepted.map(({ name, digest }, index) => {
    const first = seen.get(name);
    if (first === undefined) {
      seen.set(name, index);
      return index;
    }
    if (accepted[first]?.digest !== digest) throw idReused(index, { firstIndex: first });
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
function sameUse(use: Use | undefined, { digest }: Accepted, index: number): Use | undefined {
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

interface Appended {
  readonly uses: readonly (Use | undefined)[];
  readonly firsts: readonly number[];
  /** Of what was fresh, in order. */
  readonly positions: readonly Position[];
}

async function outcomes(
  accepted: readonly Accepted[],
  { uses, firsts, positions }: Appended,
): Promise<readonly AppendedEvent[]> {
  const events: AppendedEvent[] = [];
  let next = 0;
  for (const index of accepted.keys()) {
    const used = uses[index];
    const first = firsts[index] ?? index;
    if (used !== undefined) events.push({ status: 'duplicate', position: used.settled ?? (await used.position()) });
    else if (first === index) events.push({ status: 'appended', position: positionAt(positions, next++) });
    else events.push({ status: 'duplicate', position: positionOf(events[first]) });
  }
  return events;
}

function positionOf(event: AppendedEvent | undefined): Position {
  if (event === undefined) throw new Error('a repetition stands before the event it repeats');
  return event.position;
}

function vectorOf(events: readonly AppendedEvent[]): ReadonlyMap<PartitionKey, bigint> {
  // Few partitions and many events: found by comparing, which is cheaper than making a key for each event.
  const newest: Position[] = [];
  for (const { position } of events) {
    const at = newest.findIndex(({ partition, topic }) => partition === position.partition && topic === position.topic);
    const known = newest[at];
    if (known === undefined) newest.push(position);
    else if (position.offset > known.offset) newest[at] = position;
  }
  return new Map(newest.map(({ topic, partition, offset }) => [partitionKey(topic, partition), offset]));
}
