/** One record to one outcome: parse, honour an operator's decision, fold. Live reading, rebuilding and replay all step like this. */
import type { Entity, EntityKey } from './entity.js';
import type { InteractionEvent } from './event.js';
import { type Arrival, fold } from './fold.js';
import { type Concern, type Parsed, parseRecord, type RawRecord, type TopicRules } from './parse.js';
import type { Position } from './position.js';
import type { Rejection } from './rejection.js';

/** What an operator decided about a rejected record. `at` is the position of the decision itself, as text. */
export type Decision =
  /** Fold it in its original place: with `repaired` bytes as its value, or as it was, now that it may be understood. */
  | { readonly kind: 'redriven'; readonly at: string; readonly repaired: Uint8Array | null }
  | { readonly kind: 'discarded'; readonly at: string };

export interface PlacedRecord extends RawRecord {
  readonly position: Position;
}

/** A record that has been parsed, under the decision about it if there is one. */
export interface Understood {
  readonly arrival: Arrival;
  readonly parsed: Parsed;
  readonly discarded: boolean;
}

export function understand(record: PlacedRecord, rules: TopicRules, decision: Decision | undefined): Understood {
  const redriven = decision?.kind === 'redriven';
  const value = redriven ? (decision.repaired ?? record.value) : record.value;
  return {
    arrival: { position: record.position, redrive: redriven ? decision.at : null },
    parsed: parseRecord(redriven ? { ...record, value } : record, rules),
    discarded: decision?.kind === 'discarded',
  };
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
  const { parsed } = understood;
  if (parsed.kind === 'event') return parsed.event.about === 'interaction' ? undefined : parsed.event.key;
  const { tenant, kind, id } = parsed.concern;
  return tenant === null || kind === null || id === null ? undefined : { tenant, kind, id };
}

/** `current` is the entity of `keyOf(understood)` just before this record. */
export function step(current: Entity | undefined, understood: Understood): Step {
  const { parsed, arrival, discarded } = understood;
  if (parsed.kind === 'rejected') {
    const concern = { ...parsed.concern, accountId: parsed.concern.accountId ?? current?.accountId ?? null };
    return { outcome: 'rejected', rejection: parsed.rejection, concern, discarded };
  }
  const { event } = parsed;
  if (event.about === 'interaction') return { outcome: 'noted', event };
  const result = fold(current, event, arrival);
  switch (result.outcome) {
    case 'applied':
      return { ...result, replacesAll: event.about === 'tombstone' || event.change.op !== 'patch' };
    case 'rejected': {
      const { tenant, kind, id } = event.key;
      const concern: Concern = { tenant, kind, id, accountId: current?.accountId ?? null };
      return { outcome: 'rejected', rejection: result.rejection, concern, discarded };
    }
    default:
      return { outcome: result.outcome };
  }
}

/** What one outcome adds to a partition's counts. */
export function countOf(outcome: Step['outcome']): 'applied' | 'superseded' | 'duplicate' | 'rejected' {
  return outcome === 'noted' ? 'applied' : outcome;
}
