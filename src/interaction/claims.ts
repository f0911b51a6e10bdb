/**
 * Leave to act. Writing a tool call down beside the action cannot stop a second action; a claim can: `tool.called` is appended before
 * anybody acts, and answered once the ledger has passed it. The first record of a key by position proceeds, every later one is a
 * duplicate, on any instance: all records of a key lie in one partition, so the log has decided, and no lock is needed.
 *
 * - A claim that is made again under its own event id, because the reply was lost, is the same claim: it proceeds again for as long as
 *   no outcome is on record, also when two instances have appended it. Whoever uses another's id takes part in its claim: the reply says
 *   that it is not the first of that claim, and ids are to be random.
 * - What does not follow from the log is never `proceed`: an answer that is not known in time is `behind`, and a key of which the ledger
 *   knows no more than that it was claimed once is a duplicate.
 * - A key is remembered for as long as the log keeps its records, and for `limits.claimedOffsetsMax` / 2 offsets of tool events at
 *   least, shared among partitions, after the newest of them: a key that comes back later than that is new, and proceeds.
 * - The number of partitions of the topic decides where a key lies: while it is raised, keys that were claimed before are not found.
 */
import { randomUUID } from 'node:crypto';
import { canonicalJson, digestOf, type JsonObject, type JsonValue } from '../domain/canonical.js';
import type { InteractionEvent } from '../domain/event.js';
import { isJsonObject } from '../domain/json.js';
import { parseRecord } from '../domain/parse.js';
import { type Position, type PositionName, positionText } from '../domain/position.js';
import { TidemarkError } from '../errors.js';
import type { Journal } from '../journal/journal.js';
import { limits } from '../limits.js';
import { sourceTopic, type TopicMap } from '../log/topics.js';
import type { Intake } from './intake.js';
import type { InteractionLedger } from './ledger.js';
import type { Holder, KnownClaim } from './ledger-record.js';

export interface ClaimParts {
  readonly intake: Pick<Intake, 'append'>;
  readonly ledger: Pick<InteractionLedger, 'reached' | 'catchUp' | 'claimOf' | 'unread'>;
  readonly journal: Pick<Journal, 'recordAt'>;
  readonly topics: TopicMap;
}

export interface Claimed {
  /** Names the credential: callers of different ones never share a claim. */
  readonly by: string;
  readonly idempotencyKey: string;
  readonly tool: string;
  /** Recorded as they are up to `limits.claimArgumentsBytesMax`; larger ones by hash and size. */
  readonly arguments?: JsonValue | undefined;
  readonly argumentsRef?: JsonObject | undefined;
  readonly correlationId?: string | undefined;
  readonly causationId?: string | undefined;
  readonly snapshots?: readonly string[] | undefined;
  readonly decision?: string | undefined;
  /** Of the event. Absent: a new one, and a lost reply cannot be asked for again. */
  readonly id?: string | undefined;
  readonly deadlineMs: number;
}

/** What became of the first claim. */
export interface FirstCall {
  readonly status: KnownClaim['status'];
  /** Of the first record of the key; null when it is no longer known. */
  readonly position: Position | null;
  /** Of the record of the outcome. */
  readonly outcome: Position | null;
  /** What was claimed; null where the first record is no call, or has gone. */
  readonly call: FirstClaimed | null;
  /** Its `result`, `resultRef`, `error` and `retriable`, as recorded; empty without an outcome, and where its record has gone. */
  readonly told: JsonObject;
}

export interface FirstClaimed {
  readonly tool: string;
  /** SHA-256 of the canonical arguments; null without any. */
  readonly argumentsHash: string | null;
  /** It is of another tool, or with other arguments, than what is claimed now: one key stands for two effects. */
  readonly isOther: boolean;
}

export interface ClaimReply {
  readonly outcome: 'proceed' | 'duplicate';
  readonly idempotencyKey: string;
  /** Of the claim's event: an outcome names it as its causation. */
  readonly id: string;
  readonly position: Position;
  readonly token: string;
  /** Null of a claim that proceeds. */
  readonly first: FirstCall | null;
  /** This very claim was made before: whoever made it may have acted. */
  readonly isAgain: boolean;
}

/**
 * Throws what the intake throws, and `behind`, retriable under the same id: with a position when the answer is not known in time (the
 * claim is on record then, and nobody may act on it before it is answered), without one while what was claimed before this instance
 * began is still being read: a claim that could not be answered would take its key for nothing.
 */
export async function claim(parts: ClaimParts, tenant: string, asked: Claimed): Promise<ClaimReply> {
  const event = eventOf(tenant, asked);
  if (!(await knowsEarlier(parts.ledger, asked.deadlineMs))) throw stillReading(event.id);
  const own = { source: event.source, id: event.id, digest: digestOf(canonicalJson(event)) };
  const { events, token } = await parts.intake.append(tenant, [event]).catch(naming(event.id));
  const [appended] = events;
  if (appended === undefined) throw new Error('the intake answered for no event');
  const { position, status } = appended;
  // What is claimed again may have had an outcome that was recorded elsewhere meanwhile.
  const isKnown = status === 'duplicate' ? parts.ledger.catchUp(asked.deadlineMs) : Promise.resolve(true);
  const reached = (await parts.ledger.reached(position, asked.deadlineMs)) && (await isKnown);
  if (!reached) throw behind(event.id, position);
  const known = await withHolder(parts, parts.ledger.claimOf(tenant, asked.idempotencyKey));
  const reply = { idempotencyKey: asked.idempotencyKey, id: event.id, position, token };
  if (known !== undefined && isOwn(known, own)) {
    const isAgain = status === 'duplicate' || positionText(known.first) !== positionText(position);
    return { ...reply, outcome: 'proceed', first: null, isAgain };
  }
  return { ...reply, outcome: 'duplicate', first: await firstCall(parts, known, event.data), isAgain: false };
}

/** Whether what was claimed before this instance began has been read, waiting for it. */
async function knowsEarlier(ledger: ClaimParts['ledger'], deadlineMs: number): Promise<boolean> {
  return ledger.unread('tool') === 0n || (await ledger.catchUp(deadlineMs)) || ledger.unread('tool') === 0n;
}

/** Throws `event_id_reused` where the first record has the claim's name and says something else. */
function isOwn({ holder, first, status }: HeldClaim, own: Holder): boolean {
  if (holder === null || holder.source !== own.source || holder.id !== own.id) return false;
  if (holder.digest === own.digest) return status === 'unknown';
  throw new TidemarkError({
    code: 'event_id_reused',
    message: 'the id of the claim was used before for another claim of this key',
    advice: 'Give the claim an id of its own.',
    retriable: false,
    facts: { firstPosition: positionText(first) },
  });
}

/** It has no time of its own: the same claim made again is the same event. */
function eventOf(
  tenant: string,
  asked: Claimed,
): JsonObject & { readonly source: string; readonly id: string; readonly data: JsonObject } {
  const { by, idempotencyKey, tool, correlationId, causationId, snapshots, decision } = asked;
  return {
    specversion: '1.0',
    id: asked.id ?? randomUUID(),
    source: `tidemark/claims/${by}`,
    type: 'tool.called',
    subject: idempotencyKey,
    tenant,
    ...(correlationId === undefined ? {} : { correlationid: correlationId }),
    ...(causationId === undefined ? {} : { causationid: causationId }),
    data: {
      tool,
      ...argumentsOf(asked),
      ...(snapshots === undefined ? {} : { snapshots: [...snapshots] }),
      ...(decision === undefined ? {} : { decision }),
    },
  };
}

function argumentsOf({ arguments: given, argumentsRef }: Claimed): JsonObject {
  if (argumentsRef !== undefined) return { argumentsRef };
  if (given === undefined) return {};
  const text = canonicalJson(given);
  const bytes = Buffer.byteLength(text);
  return bytes <= limits.claimArgumentsBytesMax
    ? { arguments: given }
    : { argumentsRef: { hash: digestOf(text), bytes } };
}

type HeldClaim = KnownClaim & { readonly holder: Holder | null };

/** Of a first record that has gone nobody can say whose it was: then it is nobody's, and no claim proceeds. */
async function withHolder(parts: ClaimParts, known: KnownClaim | undefined): Promise<HeldClaim | undefined> {
  if (known === undefined) return undefined;
  const { holder } = known;
  if (holder !== 'on_record') return { ...known, holder };
  const event = (await readCall(parts, known.first))?.event;
  return { ...known, holder: event?.type === 'tool.called' ? event : null };
}

async function firstCall(parts: ClaimParts, known: KnownClaim | undefined, now: JsonObject): Promise<FirstCall> {
  if (known === undefined) return { status: 'unknown', position: null, outcome: null, call: null, told: {} };
  const first = await readCall(parts, known.first);
  const ended = known.outcome === null ? undefined : await readCall(parts, known.outcome);
  const data = ended?.event?.data ?? {};
  const members = ['result', 'resultRef', 'error', 'retriable'] as const;
  const told = Object.fromEntries(members.flatMap((name) => (data[name] === undefined ? [] : [[name, data[name]]])));
  const call = claimedIn(first?.event, now);
  return { status: known.status, position: first?.position ?? null, outcome: ended?.position ?? null, call, told };
}

function claimedIn(event: InteractionEvent | undefined, now: JsonObject): FirstClaimed | null {
  const tool = event?.data.tool;
  if (event?.type !== 'tool.called' || typeof tool !== 'string') return null;
  const argumentsHash = argumentsHashIn(event.data);
  return { tool, argumentsHash, isOther: tool !== now.tool || argumentsHash !== argumentsHashIn(now) };
}

/** The same whether the arguments are recorded as they are or by their hash. */
function argumentsHashIn({ arguments: given, argumentsRef }: JsonObject): string | null {
  if (isJsonObject(argumentsRef)) return typeof argumentsRef.hash === 'string' ? argumentsRef.hash : null;
  return given === undefined ? null : digestOf(canonicalJson(given));
}

interface ReadCall {
  readonly position: Position;
  /** Undefined where the record is none of an interaction. */
  readonly event: InteractionEvent | undefined;
}

/** Undefined when the record has gone, or cannot be read any more. */
async function readCall({ journal, topics }: ClaimParts, at: PositionName): Promise<ReadCall | undefined> {
  const reading = await journal.recordAt(at).catch(damaged);
  const rules = sourceTopic(topics, at.topic);
  if (reading.kind !== 'found' || rules === undefined) return undefined;
  const { record } = reading;
  const parsed = parseRecord(record, rules);
  const isCall = parsed.kind === 'event' && parsed.event.about === 'interaction';
  return { position: record.position, event: isCall ? parsed.event : undefined };
}

/** A log that finds its own record damaged says so by throwing. */
function damaged(error: unknown): { readonly kind: 'missing' } {
  if (error instanceof TidemarkError && error.code === 'log_damaged') return { kind: 'missing' };
  throw error;
}

/** Whoever was given no id needs it to ask again. */
function naming(id: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof TidemarkError) || !error.retriable) throw error;
    const { code, message, advice, retriable, facts } = error;
    throw new TidemarkError({ code, message, advice, retriable, facts: { ...facts, id }, cause: error });
  };
}

function stillReading(id: string): TidemarkError {
  return new TidemarkError({
    code: 'behind',
    message: 'what was claimed before this instance began is still being read; the claim is not on record',
    advice:
      'Do not act; claim again with the same id, here or at another instance. /readyz tells how much is left under ledger.',
    retriable: true,
    facts: { id },
  });
}

function behind(id: string, position: Position): TidemarkError {
  return new TidemarkError({
    code: 'behind',
    message: 'the claim is on record, and its answer is not known yet',
    advice: 'Do not act; claim again with the same id.',
    retriable: true,
    facts: { id, position: positionText(position) },
  });
}
