/**
 * Tells the log how far the state has come: the contiguous prefix that is applied, never more. A hint for operators and for the
 * broker's own tools; nothing resumes from it, so it may lag and may fail without harm, but not unseen. Of several instances one tells.
 */
import type { Clock } from '../domain/clock.js';
import { covers, type PositionVector } from '../domain/position.js';
import type { EventLog } from '../log/port.js';
import type { StateReader } from '../state/port.js';
import type { MaterializerReport } from './report.js';

// Once a second: fresh enough to read, far too rare to compete with the log's own writes.
const INTERVAL_MS = 1_000;

export interface CommitterParts {
  readonly log: EventLog;
  readonly state: StateReader;
  readonly clock: Clock;
  readonly report: Pick<MaterializerReport, 'commitFailed'>;
  /** Whether it is this instance that tells. Absent: there is no other. */
  readonly isCommitting?: () => boolean;
}

export class Committer {
  readonly #parts: CommitterParts;
  #committed: PositionVector = new Map();

  constructor(parts: CommitterParts) {
    this.#parts = parts;
  }

  /** Runs until `signal` aborts, then commits once more. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#parts.clock.sleep(INTERVAL_MS, signal);
      await this.#commit();
    }
  }

  async #commit(): Promise<void> {
    const { log, state, report, isCommitting } = this.#parts;
    if (isCommitting?.() === false) return;
    try {
      const through = await state.through();
      if (covers(this.#committed, through)) return;
      await log.commit(through);
      this.#committed = through;
    } catch (error) {
      report.commitFailed(error);
    }
  }
}
