/** What was found when state and index were held against the journal. Entities, each counted once per store it was looked at in. */
export interface ReconcileFindings {
  readonly checked: number;
  /** The journal says that there is one, and there is none. */
  readonly missing: number;
  readonly differing: number;
  /** There is one of which the journal knows nothing. */
  readonly orphaned: number;
  /** Of those, written again or marked to be. */
  readonly repaired: number;
  /** Could not be judged: their records have expired, or they would not stand still. */
  readonly skipped: number;
}
