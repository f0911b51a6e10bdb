/**
 * Errors are data: one base class, closed codes. Each error says what to do next, whether trying again can help, and carries
 * its facts as fields. No customer text goes into a message. "Not found", "behind" and "stale" are results, not errors.
 */

/** Closed list of what can go wrong. `src/api/problems.ts` maps each to an RFC 9457 problem. */
export type ErrorCode =
  | 'config_invalid'
  | 'suite_invalid'
  | 'request_malformed'
  | 'request_invalid'
  | 'request_too_large'
  | 'media_type_unsupported'
  | 'not_acceptable'
  | 'route_not_found'
  | 'method_not_allowed'
  | 'unauthenticated'
  | 'forbidden'
  | 'account_not_found'
  | 'snapshot_not_found'
  | 'snapshot_unreplayable'
  | 'snapshot_mismatch'
  | 'past_lost'
  | 'rejected_not_found'
  | 'decision_not_found'
  | 'already_decided'
  | 'redrive_impossible'
  | 'nothing_to_accept'
  | 'generation_not_found'
  | 'generation_conflict'
  | 'event_rejected'
  | 'event_id_reused'
  | 'token_malformed'
  | 'token_of_another_log'
  | 'token_in_future'
  | 'behind'
  | 'stale'
  | 'overloaded'
  | 'log_locked'
  | 'log_damaged'
  | 'log_failed'
  | 'audit_unavailable'
  | 'state_unavailable'
  | 'index_unavailable'
  | 'unreachable'
  | 'stopping'
  | 'internal';

/** Facts a program can act on. Offsets and versions are decimal strings. */
export type ErrorFacts = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export interface ErrorDetails {
  readonly code: ErrorCode;
  /** One sentence: what happened. */
  readonly message: string;
  /** One sentence: what the caller or operator does next. */
  readonly advice: string;
  readonly retriable: boolean;
  readonly facts?: ErrorFacts;
  readonly cause?: unknown;
}

export class TidemarkError extends Error {
  override readonly name = 'TidemarkError';
  readonly code: ErrorCode;
  readonly advice: string;
  readonly retriable: boolean;
  readonly facts: ErrorFacts;

  constructor(details: ErrorDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = details.code;
    this.advice = details.advice;
    this.retriable = details.retriable;
    this.facts = details.facts ?? {};
  }
}

/** For programmer errors only: a broken invariant crashes rather than continues. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${message}`);
}

/** Makes a forgotten case of a union a compile error. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${String(value)}`);
}
