/** What goes on while a fault is done: records come, and questions are asked. */
import { systemClock } from '../../../src/domain/clock.js';
import { TidemarkError } from '../../../src/errors.js';
import { ticket } from '../../../src/fixtures.test-support.js';
import type { Answer, FaultedService } from './faulted-service.test-support.js';

/** Something done again and again until it is stopped. */
export class Round {
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(everyMs: number, work: () => Promise<void>) {
    this.#running = this.#run(everyMs, work);
    // Whoever stops it hears of it.
    this.#running.catch(() => undefined);
  }

  async #run(everyMs: number, work: () => Promise<void>): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await work();
      await systemClock.sleep(everyMs, this.#stop.signal);
    }
  }

  /** What is under way is waited for. Rejects with what a round failed with. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}

/** Tickets written one after the other, each the next state of its id; what is not acknowledged is written again. */
export class Load {
  /** By id: the newest that was acknowledged. */
  readonly acknowledged = new Map<string, number>();
  /** Writes that were acknowledged. */
  count = 0;
  readonly #round: Round;

  constructor(service: FaultedService, ids: readonly string[], everyMs = 20) {
    let written = 0;
    this.#round = new Round(everyMs, async () => {
      const n = written;
      const id = ids[n % ids.length] ?? '';
      try {
        await service.feed('ticket', id, ticket(id, { n }, { id: `e-${n}` }));
        this.acknowledged.set(id, n);
        written += 1;
        this.count = written;
      } catch {
        // It is written again in the next round.
      }
    });
  }

  stop(): Promise<void> {
    return this.#round.stop();
  }
}

/** Asks again and again, and keeps every answer: of snapshots that are released, or of what they would say. */
export class Asking {
  readonly answers: Answer[] = [];
  /** When a question was not answered, such as for want of an audit record, and with what it was refused. */
  readonly refused: { readonly code: string; readonly atMs: number }[] = [];
  readonly #round: Round;

  constructor(ask: () => Promise<Answer>, everyMs = 10) {
    this.#round = new Round(everyMs, async () => {
      try {
        this.answers.push(await ask());
      } catch (error) {
        if (!(error instanceof TidemarkError)) throw error;
        this.refused.push({ code: error.code, atMs: performance.now() });
      }
    });
  }

  async stop(): Promise<readonly Answer[]> {
    await this.#round.stop();
    return this.answers;
  }
}

/** Whether the answer is fresh, and its proof of that is younger than `sinceMs`. */
export function isProvenSince({ label, ageMs, atMs, tookMs }: Answer, sinceMs: number): boolean {
  return label === 'fresh' && ageMs !== null && atMs - tookMs - ageMs > sinceMs;
}
