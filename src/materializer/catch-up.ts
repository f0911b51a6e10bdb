/** The first catch-up: everything that was in the log when the service opened has been applied and indexed. */
import type { PartitionKey, PositionVector } from '../domain/position.js';
import type { EventLog } from '../log/port.js';
import type { StateStore } from '../state/port.js';

export interface CatchUp {
  readonly appliedRecords: bigint;
  readonly totalRecords: bigint;
}

/**
 * Resolves when `state` has reached the end the log had at the call, or when `signal` aborts. `onProgress` is told at every write.
 * Rejects when the state cannot be asked how far it is: then nobody can say whether it has caught up.
 */
export async function catchUp(
  log: Pick<EventLog, 'starts' | 'ends'>,
  state: StateStore,
  topics: readonly string[],
  watching: { readonly signal: AbortSignal; onProgress(progress: CatchUp): void },
): Promise<void> {
  const [starts, ends] = await Promise.all([log.starts(), log.ends()]);
  const wanted = [...ends].filter(([partition]) => topics.includes(partition.slice(0, partition.lastIndexOf(':'))));
  const total = wanted.reduce((sum, [partition, end]) => sum + end - (starts.get(partition) ?? 0n), 0n);
  const applied = (through: PositionVector) =>
    wanted.reduce((sum, [partition, end]) => sum + reached(partition, end, { through, starts }), 0n);
  const done = new AbortController();
  const look = async () => {
    const appliedRecords = applied(await state.through());
    watching.onProgress({ appliedRecords, totalRecords: total });
    if (appliedRecords >= total) done.abort();
  };
  let failure: { readonly error: unknown } | undefined;
  let [isLooking, hasMoved] = [false, false];
  // One look after the other, however fast the state moves: it may be a round trip away.
  const lookOrFail = async () => {
    hasMoved = true;
    if (isLooking) return;
    isLooking = true;
    while (hasMoved && !done.signal.aborted) {
      hasMoved = false;
      await look().catch((error: unknown) => {
        failure ??= { error };
        done.abort();
      });
    }
    isLooking = false;
  };
  const stopWatching = state.watch(() => void lookOrFail());
  await lookOrFail();
  await aborted(AbortSignal.any([done.signal, watching.signal]));
  stopWatching();
  if (failure !== undefined) throw failure.error;
}

interface Reach {
  readonly through: PositionVector;
  readonly starts: ReadonlyMap<PartitionKey, bigint>;
}

function reached(partition: PartitionKey, end: bigint, { through, starts }: Reach): bigint {
  const start = starts.get(partition) ?? 0n;
  const next = (through.get(partition) ?? start - 1n) + 1n;
  const clipped = next > end ? end : next;
  return clipped > start ? clipped - start : 0n;
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
