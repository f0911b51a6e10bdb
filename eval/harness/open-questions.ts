/**
 * Questions that have been asked and not answered, because the service waits for what it lacks. Virtual time stands while any of them is
 * worked on, and goes on when all are answered or sleep.
 */
import type { VirtualClock } from './virtual-clock.js';

interface Open {
  /** When it wakes by itself; undefined: it is being worked on. */
  dueMs: number | undefined;
}

export class OpenQuestions {
  readonly #clock: VirtualClock;
  readonly #open = new Set<Open>();
  #failure: { readonly error: unknown } | undefined;
  #changed: () => void = () => {};

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  get count(): number {
    return this.#open.size;
  }

  /** When the first of them wakes by itself. */
  get nextDueMs(): number | undefined {
    const dueMs = [...this.#open].flatMap((one) => one.dueMs ?? []);
    return dueMs.length === 0 ? undefined : Math.min(...dueMs);
  }

  /** Resolves when the work is done, or sleeps. Rejects with what it rejects with. */
  async begin(work: () => Promise<void>): Promise<void> {
    const open: Open = { dueMs: undefined };
    this.#open.add(open);
    const sleep = {
      began: (dueMs: number) => {
        open.dueMs = dueMs;
        this.#changed();
      },
      ended: () => {
        open.dueMs = undefined;
      },
    };
    const noted = (error: unknown) => {
      this.#failure ??= { error };
    };
    void this.#clock
      .noting(sleep, work)
      .catch(noted)
      .finally(() => {
        this.#open.delete(open);
        this.#changed();
      });
    await this.quiet();
  }

  /** Resolves when each is answered or sleeps. */
  async quiet(): Promise<void> {
    while ([...this.#open].some(({ dueMs }) => dueMs === undefined))
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
