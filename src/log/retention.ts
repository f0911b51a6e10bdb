/**
 * Retention: how long a topic's records are kept, and the port of a log that can let them go. A log never expires anything on its
 * own: whoever keeps what the records amounted to (a base checkpoint) says how far they may go. Contract: `retention.contract.ts`.
 */
import type { PositionVector } from '../domain/position.js';

/** Null: no bound of that sort. Either bound, once exceeded, lets a record go. */
export interface Retention {
  /** Milliseconds since the log took the record, by the records' own timestamps. */
  readonly ageMs: number | null;
  /** Bytes of one partition: its oldest records go until the others fit. */
  readonly bytes: number | null;
}

/** What a topic has that says nothing about it. */
export const keepEverything: Retention = { ageMs: null, bytes: null };

/** Records of one partition that are gone: offsets from `from` up to but not at `to`, which is the partition's new start. */
export interface ExpiredRange {
  readonly topic: string;
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint;
}

export interface ExpiringLog {
  /**
   * Removes what retention does not keep: the oldest records of each partition, never one after `upTo` (a partition that is absent
   * there loses nothing), never the last. A log may keep more, because it removes whole segments. Afterwards `starts()` has
   * moved, reading such an offset says `expired`, and a subscription from before the start begins at the start.
   * Called after a base checkpoint through `upTo` has become durable; calls that overlap run one after the other.
   * Rejects with `request_invalid` for a time that is none, with `log_failed`, retriable, when the disk refuses: then some may
   * be gone, all of them allowed to, and the next call or the next start goes on.
   */
  expire(upTo: PositionVector, nowMs: number): Promise<readonly ExpiredRange[]>;
}

/** A run of a partition's records that goes as a whole: a segment, or a single record. */
export interface ExpiringRun {
  readonly bytes: number;
  /** The offset after its last record. */
  readonly end: bigint;
  /** Newest timestamp of its records, milliseconds since 1970. */
  readonly newestMs: number;
}

export interface ExpiryBounds {
  readonly retention: Retention;
  /** Inclusive; undefined lets nothing go. */
  readonly upTo: bigint | undefined;
  readonly nowMs: number;
}

/**
 * How many runs go, from the oldest on. `runs` are all runs of the partition, oldest first; the last one always stays. The first
 * run that is kept keeps all after it, so what a clock stamped while it was set back never goes before what was there already.
 */
export function expiredRuns(runs: readonly ExpiringRun[], bounds: ExpiryBounds): number {
  const { retention, upTo, nowMs } = bounds;
  if (upTo === undefined) return 0;
  let bytes = runs.reduce((sum, run) => sum + run.bytes, 0);
  let count = 0;
  for (const run of runs.slice(0, -1)) {
    const overAge = retention.ageMs !== null && nowMs - run.newestMs > retention.ageMs;
    const overSize = retention.bytes !== null && bytes > retention.bytes;
    if (run.end - 1n > upTo || !(overAge || overSize)) break;
    bytes -= run.bytes;
    count++;
  }
  return count;
}

/** Why a retention makes no sense; undefined when it does. Zero is refused: it reads like "off" and would mean "at once". */
export function faultOfRetention({ ageMs, bytes }: Retention): string | undefined {
  const isBound = (bound: number | null): boolean => bound === null || (Number.isSafeInteger(bound) && bound > 0);
  if (!isBound(ageMs)) return 'has a retention age that is no positive whole number of milliseconds';
  return isBound(bytes) ? undefined : 'has a retention size that is no positive whole number of bytes';
}

/** Whether `nowMs` can be a time by which ages are judged. */
export function isInstant(nowMs: number): boolean {
  return Number.isSafeInteger(nowMs);
}
