/**
 * One question for many who ask: an answer is always to a question that began after the call, one question is under way at a time, and
 * they begin at least `pauseMs` apart. However many ask, whoever answers is asked that often.
 */
import type { Clock } from '../domain/clock.js';

export class SharedQuestion<Answer> {
  readonly #question: () => Promise<Answer>;
  readonly #clock: Clock;
  readonly #pauseMs: number;
  #next: Promise<Answer> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #begunMs = Number.NEGATIVE_INFINITY;

  constructor(question: () => Promise<Answer>, clock: Clock, pauseMs: number) {
    this.#question = question;
    this.#clock = clock;
    this.#pauseMs = pauseMs;
  }

  ask(): Promise<Answer> {
    if (this.#next === undefined) {
      this.#next = this.#askAfter(this.#last);
      this.#last = this.#next.catch(() => undefined);
    }
    return this.#next;
  }

  async #askAfter(last: Promise<unknown>): Promise<Answer> {
    await last;
    const waitMs = this.#begunMs + this.#pauseMs - this.#clock.monotonicMs();
    if (waitMs > 0) await this.#clock.sleep(waitMs);
    // Whoever comes from here on may ask about what this question does not see.
    this.#next = undefined;
    this.#begunMs = this.#clock.monotonicMs();
    return this.#question();
  }
}
