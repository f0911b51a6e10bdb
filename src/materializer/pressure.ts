/**
 * Back pressure: what the index has not seen is bounded (`limits.pendingMax`), because every question scores it and the state keeps it.
 * Past the bound the materializer pauses between two slices, and goes on by itself once a tenth of it is indexed. Answers meanwhile are
 * labelled by their age, as ever.
 */
import { limits } from '../limits.js';
import { Gate } from './gate.js';

/** Why nothing is applied for now. */
export interface Backpressure {
  readonly reason: 'index_behind';
  readonly pending: number;
}

export class Pressure {
  readonly #pendingMax: number;
  readonly #gate = new Gate();
  #current: Backpressure | null = null;

  constructor(pendingMax: number = limits.pendingMax) {
    this.#pendingMax = pendingMax;
  }

  /** Null while there is none. */
  get current(): Backpressure | null {
    return this.#current;
  }

  /** How much is pending now. */
  note(pending: number): void {
    const resumesBelow = 0.9 * this.#pendingMax;
    if (pending > this.#pendingMax || (this.#current !== null && pending >= resumesBelow)) {
      this.#current = { reason: 'index_behind', pending };
      this.#gate.close();
    } else if (this.#current !== null) {
      this.#current = null;
      this.#gate.open();
    }
  }

  /** Resolves when there is none, or when `signal` aborts. */
  relieved(signal: AbortSignal): Promise<void> {
    return this.#gate.opened(signal);
  }
}
