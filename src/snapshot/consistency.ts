/** Brings a read to the consistency it asked for: at once, by waiting, or not. Deadlines run on the monotonic clock. */
import type { Clock } from '../domain/clock.js';
import { covers, mergeVectors, type PartitionKey, type PositionVector } from '../domain/position.js';
import { limits } from '../limits.js';
import type { StateStore } from '../state/port.js';
import type { Consistency } from './request.js';
import { passesByItself, type TroubleAt } from './troubles.js';
import type { PartitionAge, Witness } from './witness.js';

export type Reached =
  /** The state covers what was asked for and is proven recent enough. */
  | { readonly kind: 'met' }
  /** It does not, and the caller wants the answer all the same, marked. */
  | { readonly kind: 'marked'; readonly tokensCovered: boolean }
  /** It does not, and the caller wants no such answer. */
  | {
      readonly kind: 'refused';
      readonly why: 'behind' | 'stale';
      readonly waitedMs: number;
      readonly behind: bigint;
      /** Of the topics the answer would have come from. */
      readonly troubles: readonly TroubleAt[];
    };

export interface ConsistencyParts {
  readonly state: Pick<StateStore, 'through' | 'watch'>;
  readonly witness: Witness;
  readonly clock: Clock;
}

/** `partitions`: those the answer will come from; only their ages count, and the troubles of their topics. */
export async function reach(
  parts: ConsistencyParts,
  wanted: Consistency,
  partitions: readonly PartitionKey[],
): Promise<Reached> {
  const startedAtMs = parts.clock.monotonicMs();
  const waited = () => parts.clock.monotonicMs() - startedAtMs;
  // A caller that does not want to wait still asks the log, and a log that does not answer must not make it wait.
  const lookingMs = wanted.onViolation === 'wait' ? wanted.deadlineMs : Math.min(wanted.deadlineMs, limits.logAskMs);
  const askMs = () => Math.max(0, Math.min(limits.logAskMs, lookingMs - waited()));
  let goal: PositionVector | undefined;
  let news: News | undefined;
  try {
    for (;;) {
      goal ??= await goalOf(parts.witness, { wanted, partitions, askMs });
      const look = await lookAt(parts, { wanted, partitions, askMs }, goal);
      if (look.covered && look.recent) return { kind: 'met' };
      if (wanted.onViolation === 'mark') return { kind: 'marked', tokensCovered: look.covered };
      const waitedMs = waited();
      // What an operator has to decide about is not decided within a deadline: nothing is gained by waiting for it.
      const isVain = wanted.onViolation === 'refuse' || !look.isReadOn;
      const left = isVain ? 0 : wanted.deadlineMs - waitedMs;
      if (left <= 0) {
        const { covered, troubles } = look;
        return { kind: 'refused', why: covered ? 'stale' : 'behind', waitedMs, behind: most(look.ages), troubles };
      }
      // Watching starts before the look that decides to wait: what moves in between still wakes the wait.
      if (news !== undefined) await parts.clock.sleep(Math.min(left, limits.witnessTickMs), news.signal);
      news?.stop();
      news = watch(parts.state);
    }
  } finally {
    news?.stop();
  }
}

interface Asked {
  readonly wanted: Consistency;
  readonly partitions: readonly PartitionKey[];
  /** How long the log may take for an answer that is asked for now. */
  askMs(): number;
}

interface Look {
  readonly covered: boolean;
  readonly recent: boolean;
  /** No partition has stopped for good. */
  readonly isReadOn: boolean;
  readonly troubles: readonly TroubleAt[];
  readonly ages: readonly PartitionAge[];
}

async function lookAt(
  { witness, state }: ConsistencyParts,
  asked: Asked,
  goal: PositionVector | undefined,
): Promise<Look> {
  const through = await witness.look(asked.askMs(), () => state.through());
  const ages = witness.ages(asked.partitions, through);
  const covered = goal !== undefined && covers(through, goal);
  const troubles = witness.troubles(asked.partitions);
  const isReadOn = troubles.every(({ trouble }) => passesByItself(trouble));
  const recent = isReadOn && ages.every(({ ageMs }) => ageMs !== null && ageMs <= asked.wanted.maxStalenessMs);
  return { covered, recent, isReadOn, ages, troubles };
}

interface News {
  /** Aborts at the next write. */
  readonly signal: AbortSignal;
  stop(): void;
}

function watch(state: ConsistencyParts['state']): News {
  const moved = new AbortController();
  return { signal: moved.signal, stop: state.watch(() => moved.abort()) };
}

/**
 * The tokens, and at `latest` the end of every partition the answer can come from. Undefined: the end was asked for and nobody
 * answered, so nothing can be proven to cover it.
 */
async function goalOf(witness: Witness, { wanted, partitions, askMs }: Asked): Promise<PositionVector | undefined> {
  if (wanted.level !== 'latest') return wanted.atLeast;
  const end = await witness.end(askMs());
  if (end === undefined) return undefined;
  const relevant = new Map([...end].filter(([partition]) => partitions.includes(partition)));
  return mergeVectors([relevant, wanted.atLeast]);
}

function most(ages: readonly PartitionAge[]): bigint {
  return ages.reduce((sum, { behind }) => sum + behind, 0n);
}
