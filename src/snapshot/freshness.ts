/** The freshness label: never better than what is proven, and always with its reasons (P2). */
import { concernedRef } from '../domain/concerned-ref.js';
import { parsePositionText } from '../domain/position.js';
import type { BlockedMark } from '../state/port.js';
import type { RetrievalFacts } from './manifest.js';
import { passesByItself, reasonOf, type TroubleAt, type TroubleReason } from './troubles.js';
import type { PartitionAge } from './witness.js';

/** From best to worst; an answer carries the worst that holds. `gap`: records of the log are known to be lost to us. */
export const freshnessLabels = ['fresh', 'stale', 'incomplete', 'gap', 'unknown'] as const;
export type FreshnessLabel = (typeof freshnessLabels)[number];

export type FreshnessReason =
  | { readonly code: 'behind'; readonly partition: string; readonly records: string }
  | { readonly code: 'never_caught_up'; readonly partition: string }
  | { readonly code: 'end_of_log_unproven'; readonly partition: string; readonly ageMs: number }
  | TroubleReason
  | { readonly code: 'tokens_not_covered' }
  /** Asked for as of a past position: time travel. */
  | { readonly code: 'as_of' }
  | { readonly code: 'retrieval_partial'; readonly unscored: number }
  /** The index could not be asked: policies that bear on the question are missing. */
  | { readonly code: 'retrieval_unavailable' }
  | { readonly code: 'blocked_key'; readonly ref: string; readonly rejected: string }
  | { readonly code: 'unreadable_record'; readonly rejected: string };

export interface Freshness {
  readonly label: FreshnessLabel;
  /** Whole milliseconds since the newest instant whose end of log is known to be applied; null when there is none. */
  readonly ageMs: number | null;
  readonly reasons: readonly FreshnessReason[];
}

/** What was measured when the answer was put together. */
export interface Measured {
  /** Only partitions that the answer's keys, policies or index come from. */
  readonly ages: readonly PartitionAge[];
  /** Of the topics of these partitions. */
  readonly troubles: readonly TroubleAt[];
  readonly blocked: readonly BlockedMark[];
  readonly maxStalenessMs: number;
  readonly tokensCovered: boolean;
  /** Null: nothing was retrieved. */
  readonly retrieval: Pick<RetrievalFacts, 'pendingUnscored' | 'unavailable'> | null;
}

export function judge(measured: Measured): Freshness {
  const reasons: FreshnessReason[] = [];
  let label: FreshnessLabel = 'fresh';
  const worsen = (to: FreshnessLabel, reason: FreshnessReason) => {
    reasons.push(reason);
    if (freshnessLabels.indexOf(to) > freshnessLabels.indexOf(label)) label = to;
  };
  const untold = new Map(measured.troubles.map((one) => [one.partition, one]));
  for (const { partition, ageMs, behind, through } of measured.ages) {
    const isOld = ageMs !== null && ageMs > measured.maxStalenessMs;
    const found = untold.get(partition);
    if (ageMs === null && !isThroughToGap(found, through)) worsen('unknown', { code: 'never_caught_up', partition });
    // Told also where the state is young enough to be called fresh: what is known to be missing is never kept back.
    if (found !== undefined && passesByItself(found.trouble)) {
      worsen(isOld ? 'stale' : 'fresh', reasonOf(found));
      untold.delete(partition);
    } else if (behind > 0n) worsen(isOld ? 'stale' : 'fresh', { code: 'behind', partition, records: String(behind) });
    else if (isOld) worsen('stale', { code: 'end_of_log_unproven', partition, ageMs: Math.ceil(ageMs) });
  }
  for (const found of untold.values()) worsen(found.trouble.kind === 'gap' ? 'gap' : 'unknown', reasonOf(found));
  if (!measured.tokensCovered) worsen('stale', { code: 'tokens_not_covered' });
  const { pendingUnscored = 0, unavailable = false } = measured.retrieval ?? {};
  if (pendingUnscored > 0) worsen('incomplete', { code: 'retrieval_partial', unscored: pendingUnscored });
  if (unavailable) worsen('incomplete', { code: 'retrieval_unavailable' });
  for (const { concern, rejected } of inOrder(measured.blocked)) {
    const ref = concernedRef(concern);
    worsen(
      'incomplete',
      ref === null ? { code: 'unreadable_record', rejected } : { code: 'blocked_key', ref, rejected },
    );
  }
  return { ageMs: worstAge(measured.ages), label, reasons };
}

/** Caught up with as far as anybody can: then nothing is unknown but what was lost. */
function isThroughToGap(found: TroubleAt | undefined, through: bigint): boolean {
  return found?.trouble.kind === 'gap' && through + 1n >= found.trouble.from;
}

/** By topic, partition and offset: the order in which records of several partitions were rejected is chance, and reasons are hashed. */
function inOrder(blocked: readonly BlockedMark[]): readonly BlockedMark[] {
  if (blocked.length < 2) return blocked;
  const placed = blocked.map((mark) => ({ mark, at: parsePositionText(mark.rejected) }));
  placed.sort(({ at: a }, { at: b }) => {
    if (a === undefined || b === undefined) return Number(b === undefined) - Number(a === undefined);
    if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1;
    return a.partition - b.partition || (a.offset < b.offset ? -1 : 1);
  });
  return placed.map(({ mark }) => mark);
}

function worstAge(ages: readonly PartitionAge[]): number | null {
  let worst = 0;
  for (const { ageMs } of ages) {
    if (ageMs === null) return null;
    if (ageMs > worst) worst = ageMs;
  }
  return Math.ceil(worst);
}
