/**
 * Time as the stream tells it. It stands still while the service works and moves when the next record arrives, so whatever depends on
 * time (validity windows, ages) is the same in every run, on every machine.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../../src/domain/clock.js';
import { invariant } from '../../src/errors.js';

interface Sleeper {
  readonly dueMs: number;
  wake(): void;
}

/** Told of whatever sleeps in the course of one piece of work. */
export interface SleepNotes {
  /** Until then, milliseconds since 1970, or until it is woken. */
  began(dueMs: number): void;
  ended(): void;
}

export class VirtualClock implements Clock {
  readonly #notes = new AsyncLocalStorage<SleepNotes>();
  readonly #startedAtMs: number;
  readonly #sleepers = new Set<Sleeper>();
  /** Woken before their time and held back. Null: nobody is. */
  #held: Sleeper[] | null = null;
  #nowMs: number;

  /** Milliseconds since 1970 UTC. */
  constructor(startsAtMs: number) {
    this.#startedAtMs = startsAtMs;
    this.#nowMs = startsAtMs;
  }

  wallMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs - this.#startedAtMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const notes = this.#notes.getStore();
      const sleeper: Sleeper = {
        dueMs: this.#nowMs + ms,
        wake: () => {
          if (!this.#sleepers.delete(sleeper)) return;
          notes?.ended();
          signal?.removeEventListener('abort', woken);
          resolve();
        },
      };
      const woken = () => {
        if (this.#held === null || notes === undefined) sleeper.wake();
        else this.#held.push(sleeper);
      };
      this.#sleepers.add(sleeper);
      notes?.began(sleeper.dueMs);
      signal?.addEventListener('abort', woken, { once: true });
    });
  }

  noting<T>(notes: SleepNotes, work: () => Promise<T>): Promise<T> {
    return this.#notes.run(notes, work);
  }

  /**
   * Whatever sleeps in the course of noted work and is woken meanwhile, goes on when this is done: it sees all of it, and not the part
   * that some machine had come to by then. One at a time.
   */
  async holding<T>(work: () => Promise<T>): Promise<T> {
    const held: Sleeper[] = [];
    this.#held = held;
    try {
      return await work();
    } finally {
      this.#held = null;
      for (const sleeper of held) sleeper.wake();
    }
  }

  /** Wakes those whose time has come, in the order in which they fell asleep. */
  moveTo(ms: number): void {
    invariant(ms >= this.#nowMs, 'virtual time never goes back');
    this.#nowMs = ms;
    for (const sleeper of [...this.#sleepers]) if (sleeper.dueMs <= ms) sleeper.wake();
  }
}
