/**
 * The trace of one decision: hops, each a record that was read, and gaps, each a hop that the story names or demands and that could not
 * be read. It is told from records of the log alone (P6); what is missing is said and never skipped.
 */
import type { Digest, JsonObject } from '../../domain/canonical.js';

export const stages = [
  'control',
  'state',
  'snapshot',
  'prompt',
  'policy',
  'tool',
  'decision',
  'approval',
  'written',
] as const;
export type Stage = (typeof stages)[number];

export const gapReasons = [
  /** The story demands it, and nobody has it on record. */
  'missing',
  /** A position that names no record of this tenant. Whether it is another tenant's is not told. */
  'not_there',
  'expired',
  'compacted',
  'truncated',
  'damaged',
  /** No audit record of this tenant has that id. */
  'not_on_record',
  /** A call that nobody has told the outcome of: it may run, or its end was lost. */
  'unknown_outcome',
  /** It awaits a person, who has been asked: nothing is lost. */
  'pending',
  /** Carried out although the last word had been against it. */
  'overruled',
  /** The decision is settled and its task is neither finished nor failed: it may go on, or its end was lost. */
  'unfinished',
  /** A record that the task names as its own, of another interaction. */
  'other_correlation',
  /** Named as written, and a record of no entity: what came of it is not told. */
  'no_entity',
  /** What was written has been rejected: it has no effect. */
  'rejected',
  /** Replayed, and it did not come to what is on record. */
  'mismatch',
  /** What it was built from is not all kept, so nobody can tell. */
  'unreplayable',
  /** Beyond what one trace reads. */
  'left_out',
] as const;
export type GapReason = (typeof gapReasons)[number];

export interface Gap {
  readonly stage: Stage;
  /** What is missing, in words that name it: a type of event, an id, a position. */
  readonly what: string;
  readonly reason: GapReason;
  /** `topic:partition:offset` of the record that is gone, or of the one that names what is missing. */
  readonly position: string | null;
}

export interface Hop {
  readonly stage: Stage;
  /** The type of an event, the reference of an entity, the id of a snapshot, a prompt or a policy set. */
  readonly ref: string;
  /** `topic:partition:offset`; of an audit record that is not in its topic yet `spool:topic:offset`. */
  readonly position: string;
  /** When the log took the record, milliseconds since 1970. A reading aid: positions order, times do not. */
  readonly timeMs: number;
  /** Of the record's event, of a manifest, a prompt or a policy set. */
  readonly hash: Digest;
  /** Of a snapshot, and of the state that it shows. */
  readonly verdict?: 'MATCH' | 'MISMATCH' | 'UNREPLAYABLE';
  readonly facts: JsonObject;
}

/** What one stage comes to. */
export interface Part {
  readonly hops: readonly Hop[];
  readonly gaps: readonly Gap[];
}

export interface DecisionTrace {
  readonly id: string;
  readonly correlationId: string | null;
  /** True when there is no gap. */
  readonly complete: boolean;
  readonly gaps: readonly Gap[];
  /** In the order of the story: what began it, what was known, what was done, what was decided, what came of it. */
  readonly hops: readonly Hop[];
}
