/** Looks at something again and again, and at once when it is woken. */
import type { Clock } from '../../src/domain/clock.js';

export interface Watched {
  readonly everyMs: number;
  readonly clock: Clock;
  /** What it throws is told to `failed`, and it is called again. */
  readonly look: () => Promise<void>;
  readonly failed: (error: unknown) => void;
}

export class Watcher {
  readonly #watched: Watched;
  readonly #stop = new AbortController();
  #wake = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** While it looks this does nothing: what it is woken by may be what it sees. */
  wake(): void {
    this.#wake.abort();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { everyMs, clock, look, failed } = this.#watched;
    for (;;) {
      await clock.sleep(everyMs, AbortSignal.any([this.#wake.signal, this.#stop.signal]));
      if (this.#stop.signal.aborted) return;
      try {
        await look();
      } catch (error) {
        failed(error);
      }
      this.#wake = new AbortController();
    }
  }
}
