/**
 * What this process could not apply if it had it: partitions whose copy does not come as far as it should, and those of which it lacks
 * what the state lacks. Others are to have them, and whoever looks after the service is told.
 */
import type { Clock } from '../domain/clock.js';
import type { PartitionKey } from '../domain/position.js';
import { limits } from '../limits.js';
import type { EventLog } from '../log/port.js';
import type { TroubleKind } from '../log/trouble.js';
import type { StateStore } from '../state/port.js';
import type { Ownership } from './ownership.js';
import type { MissingAt } from './sessions.js';

export interface ReachParts {
  readonly log: Pick<EventLog, 'troubles'>;
  readonly state: Pick<StateStore, 'through'>;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly ownership: Ownership;
  readonly missingAt?: MissingAt;
  /** Called when it has become another. */
  readonly onMissing: (partitions: readonly PartitionKey[]) => void;
}

/** Of this copy alone. An open transaction and a topic that is gone are the same for everybody. */
const ofThisCopy: readonly TroubleKind[] = ['gap', 'truncated', 'recreated', 'new_partition'];

export class Reach {
  readonly #parts: ReachParts;
  #missing = '';

  constructor(parts: ReachParts) {
    this.#parts = parts;
  }

  /** Runs until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // A state that cannot be asked is told of by those who need it, and what is missing is as it was.
      await this.look().catch(() => undefined);
      await this.#parts.clock.sleep(limits.standingLookMs, signal);
    }
  }

  async look(): Promise<void> {
    const { log, state, ownership, missingAt, onMissing } = this.#parts;
    const missing = [...((await missingAt?.(await state.through())) ?? [])].sort();
    const troubled = [...log.troubles].filter(([, { kind }]) => ofThisCopy.includes(kind)).map(([key]) => key);
    ownership.cannot?.([...new Set([...missing, ...troubled])]);
    const text = missing.join(' ');
    if (text === this.#missing) return;
    this.#missing = text;
    onMissing(missing);
  }
}
