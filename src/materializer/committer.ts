/**
 * Tells the log how far the state has come: the contiguous prefix that is applied, never more. A hint for operators and for the
 * broker's own tools; nothing resumes from it, so it may lag and may fail without harm, but not unseen.
 */
import type { Clock } from '../domain/clock.js';
import { covers, type PositionVector } from '../domain/position.js';
import type { EventLog } from '../log/port.js';
import type { StateReader } from '../state/port.js';
import type { MaterializerReport } from './report.js';

// Once a second: fresh enough to read, far too rare to compete with the log's own writes.
const INTERVAL_MS = 1_000;

export class Committer {
  readonly #log: EventLog;
  readonly #state: StateReader;
  readonly #clock: Clock;
  readonly #report: MaterializerReport;
  #committed: PositionVector = new Map();

  constructor(log: EventLog, state: StateReader, clock: Clock, report: MaterializerReport) {
    this.#log = log;
    this.#state = state;
    this.#clock = clock;
    this.#report = report;
  }

  /** Runs until `signal` aborts, then commits once more. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(INTERVAL_MS, signal);
      await this.#commit();
    }
  }

  async #commit(): Promise<void> {
    try {
      const through = await this.#state.through();
      if (covers(this.#committed, through)) return;
      await this.#log.commit(through);
      this.#committed = through;
    } catch (error) {
      this.#report.commitFailed(error);
    }
  }
}
