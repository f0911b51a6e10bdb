/** Counts findings while a pass goes on. */
import type { ReconcileFindings } from '../state/findings.js';

export type Tally = { -readonly [Name in keyof ReconcileFindings]: number };

export function newTally(): Tally {
  return { checked: 0, missing: 0, differing: 0, orphaned: 0, repaired: 0, skipped: 0 };
}
