/**
 * Rejected events (dead letters) and what operators decided about them. The record itself stays where it is; the letter repeats its
 * bytes, so that it outlives its topic's retention; of a record too large to be copied the bytes are in its topic only. Only letters of
 * records in the log's own history are known: of one that the log has lost since, the place may be another record's. An instance knows
 * a letter of another one once it has copied it, some milliseconds later. Contract: `rejected.contract.ts`.
 */
import type { Concern } from '../domain/parse.js';
import type { Position } from '../domain/position.js';
import type { Rejection } from '../domain/rejection.js';
import type { Decision } from '../domain/step.js';
import type { LogRecord } from './port.js';

export interface DeadLetter {
  readonly record: LogRecord;
  readonly rejection: Rejection;
  readonly concern: Concern;
}

/** A dead letter as listed: without its bytes. */
export interface RejectedEvent {
  /** `topic:partition:offset` of the rejected record. */
  readonly id: string;
  readonly position: Position;
  readonly rejection: Rejection;
  readonly concern: Concern;
  /** When it was rejected, milliseconds since 1970. */
  readonly rejectedAtMs: number;
  readonly decision: Decision | null;
}

export interface RejectedEvents {
  /** What was read at open, for the materializer; handed over once, and not kept: afterwards it is empty. */
  handOver(): ReadAtOpen;
  /** Of the topic's records the last that `adopt` has been told of, or what was known at open went through; -1: none. */
  readonly adoptedThrough: bigint;
  /** Every record of the topic through `offset` that can be read has been adopted: what is left of it nobody may see. */
  passed(offset: bigint): void;
  /** Forgets decisions at offsets above `through`: they are new again, and are to be carried out when the topic delivers them. */
  retreat(through: bigint): void;
  /** Durable when it resolves. A record that has its letter already gets no second one. */
  append(letters: readonly DeadLetter[]): Promise<void>;
  /** Appends the decision; it takes effect when the materializer reaches it. Resolves with the decision's own position. */
  decide(id: string, decision: NewDecision): Promise<Position>;
  /**
   * The decision at `at` about the record `id` could not be carried out and never will be: it decides nothing, here and for whoever
   * reads the topic later, and what had been decided before it stands. Durable when it resolves; said again it is not written again.
   */
  lapse(id: string, at: string): Promise<void>;
  /**
   * Runs `work` alone: what an operator is shown and the decision that rests on it, or the expiry of what such a decision would need.
   * Others wait their turn. It excludes within this process, where somebody would see the other's half. Across instances the order of
   * the topic decides: of two decisions about one letter the earlier record takes effect, and the later one lapses for everybody.
   */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** The decision in effect for a record, by its position as text; those before it hang on it, for who asks about the past. */
  decisionOn(id: string): Decision | undefined;
  /** A decision in a record of the rejected topic that is about a known letter, not in effect yet and not lapsed. Changes nothing. */
  newDecision(record: LogRecord): PendingDecision | undefined;
  /** Reads a record of the rejected topic: a letter becomes known, a decision about a known letter goes into effect. */
  adopt(record: LogRecord): void;
  find(id: string): RejectedEvent | undefined;
  /** Newest first. Of one tenant, and of records whose tenant nobody could read; null lists all. */
  list(tenant: string | null): readonly RejectedEvent[];
  /** The letter's bytes: key, headers and value of the record as it was. Undefined when they are not kept, or were never copied. */
  bytesOf(id: string): Promise<LogRecord | undefined>;
  /** What repaired bytes would take the place of: that record, or what stands in for it where its own bytes were never copied. */
  repairable(id: string): Promise<LogRecord | undefined>;
}

export interface ReadAtOpen {
  /** Offsets, in order: the decisions among these records are in effect before anything is folded. */
  readonly loaded: readonly bigint[];
  /** Records behind those, beside a state that has not come so far: the decisions among them are to be carried out. */
  readonly tail: readonly LogRecord[];
}

export interface PendingDecision {
  readonly event: RejectedEvent;
  /** What will be in effect: the new decision, on top of those before it. */
  readonly decision: Decision;
}

export type NewDecision =
  | { readonly kind: 'redriven'; readonly repaired: Uint8Array | null }
  | { readonly kind: 'discarded' };
