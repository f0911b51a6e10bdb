/** What a trace is read from, of one tenant: another's records do not exist here. `reader.ts` is it over the service. */
import type { AuditPlace } from '../../audit/place.js';
import type { Digest } from '../../domain/canonical.js';
import type { Event, InteractionKind } from '../../domain/event.js';
import type { Position } from '../../domain/position.js';
import type { Verdict } from '../../replay/verdict.js';
import type { RecordedManifest } from '../../snapshot/recorded.js';
import type { GapReason } from './model.js';

/** A record of an interaction, as the ledger knows it. */
export interface Noted {
  readonly position: Position;
  readonly type: string;
  readonly kind: InteractionKind;
  readonly subject: string;
  /** Of the event. */
  readonly id: string;
  readonly correlationId: string | null;
  readonly timestampMs: number;
}

export interface ReadRecord<E = Event> {
  readonly position: Position;
  readonly timestampMs: number;
  readonly hash: Digest;
  readonly event: E;
  /** Rejected when it was applied, and not redriven since. */
  readonly isRejected: boolean;
}

export interface Lost {
  readonly kind: 'lost';
  readonly reason: GapReason;
}

export type EventReading = { readonly kind: 'found'; readonly record: ReadRecord } | Lost;

/**
 * At full depth where that can be had. What was ranked by another build of the index, by another embedder, or in part is held against
 * its record at content depth, and says why no more than that; one damaged record leaves the rest of a trace to be told.
 */
export type TraceVerdict =
  | Verdict
  | (Extract<Verdict, { verdict: 'MATCH' }> & { readonly because: string })
  | { readonly verdict: 'UNREPLAYABLE'; readonly reason: 'damaged'; readonly detail: string };

export type SnapshotReading =
  | {
      readonly kind: 'found';
      readonly place: AuditPlace;
      readonly recordedAtMs: number;
      readonly correlationId: string | null;
      /** Undefined where the record holds no manifest that this code reads. */
      readonly manifest: RecordedManifest | undefined;
      readonly verdict: TraceVerdict;
    }
  | Lost;

/** What this instance has not come to yet is no gap: then every method may throw `behind`, retriable. */
export interface TraceReader {
  /** In the order of the log; a repeated event counts once. */
  decision(id: string): readonly Noted[];
  tool(idempotencyKey: string): readonly Noted[];
  workflow(id: string): readonly Noted[];
  correlated(correlationId: string): readonly Noted[];
  /** Records of this class that the log took earlier may be on record and not known here; null when all are known. */
  unknownBeforeMs(kind: InteractionKind): number | null;
  /** `at`: `topic:partition:offset`; a text of another form names nothing. */
  event(at: string): Promise<EventReading>;
  /** Found and replayed. */
  snapshot(id: string): Promise<SnapshotReading>;
  /** One item of a snapshot whose replay did not match, by its place among the items. */
  item(manifest: RecordedManifest, index: number): Promise<TraceVerdict>;
}
