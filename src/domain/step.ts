/** One record to one outcome: parse, honour an operator's decision, fold. Live reading, rebuilding and replay all step like this. */
import { type Entity, type EntityKey, entityKeyText } from './entity.js';
import type { RawRecord } from './envelope.js';
import type { EntityEvent, InteractionEvent, Tombstone } from './event.js';
import { type Arrival, fold } from './fold.js';
import { isKind, kinds } from './kinds/index.js';
import { type Concern, type Parsed, parseRecord, type TopicRules } from './parse.js';
import type { Position } from './position.js';
import { type Rejection, rejection } from './rejection.js';

/**
 * What an operator decided about a rejected record. `at` is the position of the decision itself, as text; `before` the decision it
 * came on top of.
 */
export type Decision =
  /**
   * Fold it in its original place: as it was, now that something else may have changed, or with `repaired` bytes, a whole event in
   * structured mode. Bytes that are no event have no effect, nor have those about another key than the record's own: that would be a
   * new record under an old position. The first repair that has an effect stands: what has been folded is not taken back.
   */
  | { readonly kind: 'redriven'; readonly at: string; readonly repaired: Uint8Array | null; readonly before?: Decision }
  /** It blocks no longer, unless a later redrive is rejected again. A repair before it stands. */
  | { readonly kind: 'discarded'; readonly at: string; readonly before?: Decision };

export interface PlacedRecord extends RawRecord {
  readonly position: Position;
}

/** A record that has been parsed, under the decision about it if there is one. */
export interface Understood {
  readonly arrival: Arrival;
  readonly parsed: Parsed;
  readonly discarded: boolean;
}

/** Never throws: a record that brings a fault of ours to light is rejected, and those behind it are read all the same. */
export function understand(record: PlacedRecord, rules: TopicRules, decision: Decision | undefined): Understood {
  try {
    return understandUnguarded(record, rules, decision);
  } catch (error) {
    const kind = rules.about !== null && isKind(rules.about) ? rules.about : null;
    const concern: Concern = { tenant: rules.tenant, kind, id: null, accountId: null };
    const parsed = { kind: 'rejected', rejection: internalError(error), concern } as const;
    return { arrival: { position: record.position, redrive: null }, parsed, discarded: decision?.kind === 'discarded' };
  }
}

function understandUnguarded(record: PlacedRecord, rules: TopicRules, decision: Decision | undefined): Understood {
  const original = parseRecord(record, rules);
  const arrival = { position: record.position, redrive: null };
  let understood: Understood = { arrival, parsed: original, discarded: false };
  if (decision === undefined) return understood;
  let isRepaired = false;
  for (const made of inOrder(decision)) {
    if (made.kind === 'discarded') {
      understood = { ...understood, discarded: true };
    } else if (!isRepaired) {
      const { at, repaired } = made;
      const parsed = repaired === null ? original : parseRecord({ ...record, headers: [], value: repaired }, rules);
      isRepaired = repaired !== null && isRepairOf(parsed, original);
      if (isRepaired || repaired === null)
        understood = { arrival: { ...arrival, redrive: at }, parsed, discarded: false };
    }
  }
  return understood;
}

function inOrder(decision: Decision): readonly Decision[] {
  return decision.before === undefined ? [decision] : [...inOrder(decision.before), decision];
}

/** An event, and about the record's own key; where nobody could read that, about any. */
function isRepairOf(repaired: Parsed, original: Parsed): boolean {
  const [wanted, found] = [keyIn(original), keyIn(repaired)];
  if (repaired.kind === 'rejected') return false;
  return wanted === undefined || (found !== undefined && entityKeyText(wanted) === entityKeyText(found));
}

export type Step =
  | { readonly outcome: 'applied'; readonly entity: Entity; readonly replacesAll: boolean }
  /** An interaction event: counted, and folded into nothing. */
  | { readonly outcome: 'noted'; readonly event: InteractionEvent }
  | { readonly outcome: 'superseded' }
  | { readonly outcome: 'duplicate' }
  | {
      readonly outcome: 'rejected';
      readonly rejection: Rejection;
      readonly concern: Concern;
      readonly discarded: boolean;
    };

/** The entity key a record concerns, if it names one: also of a rejected record whose key could be read. */
export function keyOf(understood: Understood): EntityKey | undefined {
  return keyIn(understood.parsed);
}

function keyIn(parsed: Parsed): EntityKey | undefined {
  if (parsed.kind === 'event') return parsed.event.about === 'interaction' ? undefined : parsed.event.key;
  const { tenant, kind, id } = parsed.concern;
  return tenant === null || kind === null || id === null ? undefined : { tenant, kind, id };
}

/** `current` is the entity of `keyOf(understood)` just before this record. Never throws, as `understand` never does. */
export function step(current: Entity | undefined, understood: Understood): Step {
  try {
    return stepUnguarded(current, understood);
  } catch (error) {
    const key = keyOf(understood) ?? { tenant: null, kind: null, id: null };
    // Where the record would have moved the entity nobody can say, so it matters to every account.
    const concern: Concern = { ...key, accountId: null };
    return { outcome: 'rejected', rejection: internalError(error), concern, discarded: understood.discarded };
  }
}

/** The name of the error alone: its message may repeat what a customer wrote. */
function internalError(error: unknown): Rejection {
  return rejection('internal_error', error instanceof Error ? error.name : 'thrown');
}

function stepUnguarded(current: Entity | undefined, understood: Understood): Step {
  const { parsed, arrival, discarded } = understood;
  if (parsed.kind === 'rejected') {
    const accountId = accountConcerned(parsed.concern.accountId, current);
    return { outcome: 'rejected', rejection: parsed.rejection, concern: { ...parsed.concern, accountId }, discarded };
  }
  const { event } = parsed;
  if (event.about === 'interaction') return { outcome: 'noted', event };
  const result = fold(current, event, arrival);
  switch (result.outcome) {
    case 'applied':
      return {
        outcome: 'applied',
        entity: result.entity,
        replacesAll: event.about === 'tombstone' || event.change.op !== 'patch',
      };
    case 'rejected': {
      const { tenant, kind, id } = event.key;
      const concern: Concern = { tenant, kind, id, accountId: accountConcerned(ownerNamedBy(event), current) };
      return { outcome: 'rejected', rejection: result.rejection, concern, discarded };
    }
    default:
      return { outcome: result.outcome };
  }
}

/** The one account a rejected record can matter to; null, which is every account, where it would have moved the entity. */
function accountConcerned(named: string | null, current: Entity | undefined): string | null {
  const held = current?.accountId ?? null;
  if (named === null || held === null) return named ?? held;
  return named === held ? held : null;
}

function ownerNamedBy(event: EntityEvent | Tombstone): string | null {
  if (event.about === 'tombstone' || event.change.op === 'delete') return null;
  const data = event.change.op === 'patch' ? event.change.patch : event.change.data;
  return kinds[event.key.kind].ownerOf(event.key.id, data);
}

/**
 * The account a record names, whatever comes of it. Under another decision about an earlier record of its key it may have another
 * outcome, so the journal counts it among the account's records either way.
 */
export function accountNamedIn({ parsed }: Understood): string | null {
  if (parsed.kind === 'rejected') return parsed.concern.accountId;
  return parsed.event.about === 'interaction' ? null : ownerNamedBy(parsed.event);
}

/** What one outcome adds to a partition's counts. */
export function countOf(outcome: Step['outcome']): 'applied' | 'superseded' | 'duplicate' | 'rejected' {
  return outcome === 'noted' ? 'applied' : outcome;
}
