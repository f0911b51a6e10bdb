/**
 * Whether this instance has applied what the log had of policies as it was asked. What it has not applied it does not miss: right after a
 * start everybody has all there is, which is nothing.
 */
import type { Clock } from '../domain/clock.js';
import { covers, meetOf, type PositionVector, splitPartitionKey } from '../domain/position.js';
import { TidemarkError } from '../errors.js';
import { limits } from '../limits.js';
import type { EventLog } from '../log/port.js';
import { passesByItself } from '../snapshot/troubles.js';
import type { StateStore } from '../state/port.js';

export interface FollowedParts {
  readonly log: Pick<EventLog, 'troubles'>;
  readonly state: Pick<StateStore, 'through' | 'watch'>;
  /** Knows which tenants have policies; of a state that several write it may be behind. */
  readonly journal: { through(): Promise<PositionVector> };
  /** The last record of each partition as of now; undefined when the log does not answer within `waitMs`. */
  readonly end: (waitMs: number) => Promise<PositionVector | undefined>;
  /** The topic of policies. */
  readonly topic: string;
  readonly clock: Clock;
}

/**
 * Resolves once it has. Rejects with `behind` when that takes longer than `limits.deadlineMsDefault`, with `unreachable` while the log
 * does not tell where it ends. A partition that is not read on until an operator acts is not waited for: there would be no going back.
 */
export async function untilFollowed({ log, state, journal, end, topic, clock }: FollowedParts): Promise<void> {
  const startedMs = clock.monotonicMs();
  const ends = await end(limits.logAskMs);
  if (ends === undefined) throw endUnknown();
  const goal = new Map([...ends].filter(([key]) => splitPartitionKey(key).topic === topic));
  for (;;) {
    // Watched before it is looked: what moves in between still wakes the wait.
    const moved = new AbortController();
    const stopWatching = state.watch(() => moved.abort());
    try {
      for (const [key, trouble] of log.troubles) if (!passesByItself(trouble)) goal.delete(key);
      const reached = meetOf(await state.through(), await journal.through());
      if (covers(reached, goal)) return;
      const leftMs = limits.deadlineMsDefault - (clock.monotonicMs() - startedMs);
      if (leftMs <= 0) throw notFollowed(behindBy(goal, reached));
      await clock.sleep(Math.min(leftMs, limits.witnessTickMs), moved.signal);
    } finally {
      stopWatching();
    }
  }
}

/** Over all partitions. */
function behindBy(goal: PositionVector, reached: PositionVector): bigint {
  let records = 0n;
  for (const [key, last] of goal) {
    const missing = last - (reached.get(key) ?? -1n);
    if (missing > 0n) records += missing;
  }
  return records;
}

function notFollowed(records: bigint): TidemarkError {
  return new TidemarkError({
    code: 'behind',
    message:
      'this instance has not applied all policies that are in the log, so what the generation lacks is not known',
    advice: 'Ask again later, or another instance: GET /v1/positions tells how far this one is.',
    retriable: true,
    facts: { behindRecords: String(records) },
  });
}

function endUnknown(): TidemarkError {
  return new TidemarkError({
    code: 'unreachable',
    message: 'the log does not tell how far it is, so what the generation lacks is not known',
    advice: 'Ask again; if it repeats, look after the log.',
    retriable: true,
  });
}
