/** Brings a read to the consistency it asked for: at once, by waiting, or not. Deadlines run on the monotonic clock. */
import type { Clock } from '../domain/clock.js';
import { covers, mergeVectors, type PartitionKey, type PositionVector } from '../domain/position.js';
import { limits } from '../limits.js';
import type { StateStore } from '../state/port.js';
import type { Consistency } from './request.js';
import type { PartitionAge, Witness } from './witness.js';

export type Reached =
  /** The state covers what was asked for and is proven recent enough. */
  | { readonly kind: 'met' }
  /** It does not, and the caller wants the answer all the same, marked. */
  | { readonly kind: 'marked'; readonly tokensCovered: boolean }
  /** It does not, and the caller wants no such answer. */
  | { readonly kind: 'refused'; readonly why: 'behind' | 'stale'; readonly waitedMs: number; readonly behind: bigint };

export interface ConsistencyParts {
  readonly state: StateStore;
  readonly witness: Witness;
  readonly clock: Clock;
}

/** `partitions`: those the answer will come from; only their ages count. */
export async function reach(
  parts: ConsistencyParts,
  wanted: Consistency,
  partitions: readonly PartitionKey[],
): Promise<Reached> {
  const startedAtMs = parts.clock.monotonicMs();
  const goal = await goalOf(parts.witness, wanted);
  for (;;) {
    await parts.witness.look();
    const through = await parts.state.through();
    const ages = parts.witness.ages(partitions, through);
    const covered = goal !== undefined && covers(through, goal);
    const recent = ages.every(({ ageMs }) => ageMs !== null && ageMs <= wanted.maxStalenessMs);
    if (covered && recent) return { kind: 'met' };
    if (wanted.onViolation === 'mark') return { kind: 'marked', tokensCovered: covered };
    const waitedMs = parts.clock.monotonicMs() - startedAtMs;
    const left = wanted.onViolation === 'refuse' ? 0 : wanted.deadlineMs - waitedMs;
    if (left <= 0) return { kind: 'refused', why: covered ? 'stale' : 'behind', waitedMs, behind: most(ages) };
    await moveOrTimeout(parts, Math.min(left, limits.witnessTickMs));
  }
}

/** Undefined: the end of the log was asked for and nobody answered, so nothing can be proven to cover it. */
async function goalOf(witness: Witness, wanted: Consistency): Promise<PositionVector | undefined> {
  if (wanted.level !== 'latest') return wanted.atLeast;
  const end = await witness.end();
  return end === undefined ? undefined : mergeVectors([end, wanted.atLeast]);
}

function most(ages: readonly PartitionAge[]): bigint {
  return ages.reduce((sum, { behind }) => sum + behind, 0n);
}

async function moveOrTimeout({ state, clock }: ConsistencyParts, ms: number): Promise<void> {
  const done = new AbortController();
  const stopWatching = state.watch(() => done.abort());
  await clock.sleep(ms, done.signal);
  stopWatching();
}
