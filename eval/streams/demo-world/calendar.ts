/** The thirty days of the world, and instants in it. All times are UTC. */
import { parseInstant } from '../../../src/domain/time.js';

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Instant of an RFC 3339 text written in this folder; a typing error stops the world rather than shifting it. */
export function at(text: string): number {
  const ms = parseInstant(text);
  if (ms === undefined) throw new Error(`not an instant: ${text}`);
  return ms;
}

/** The first arrival is at or after the start, the last one before the end. */
export const worldStartsAt = at('2026-02-01');
export const worldEndsAt = at('2026-03-03');
export const WORLD_DAYS = (worldEndsAt - worldStartsAt) / DAY_MS;
