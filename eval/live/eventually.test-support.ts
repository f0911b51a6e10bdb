/**
 * Waiting in live tests. They share their machine with the servers they ask and with whatever else runs on it, where what comes in
 * milliseconds may take seconds, and vitest's own patience is one. How long something may take at most is asserted apart from this.
 */
import { vi } from 'vitest';

/** Below the time limit of a test, so that what was last wrong is told. */
const WITHIN_MS = 60_000;
const EVERY_MS = 20;

export interface Patience {
  readonly withinMs?: number;
  /** Smaller for what passes, larger for what is dear to look at. */
  readonly everyMs?: number;
}

/** Resolves with what `check` gives once it gives anything; rejects, after a time that no machine should need, with what it last failed with. */
export function eventually<T>(check: () => T | Promise<T>, patience: Patience = {}): Promise<T> {
  const { withinMs = WITHIN_MS, everyMs = EVERY_MS } = patience;
  return vi.waitFor(check, { timeout: withinMs, interval: everyMs });
}
