/**
 * Whether our membership of a group is sure to hold. Brokers put a member out when they have not heard of it for the session timeout, so
 * whoever has not been answered for that long must take it that another one is in its place, even before it is told: a process that was
 * stopped and goes on has writes at hand that are not its to make any more.
 */
import type { Clock } from '../../src/domain/clock.js';

export class Lease {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #sessionMs: number;
  /** No later than when the heartbeat that was answered last was sent. */
  #sentMs = Number.NEGATIVE_INFINITY;
  #answeredMs = Number.NEGATIVE_INFINITY;
  #isEnded = false;

  constructor(clock: Pick<Clock, 'monotonicMs'>, sessionMs: number) {
    this.#clock = clock;
    this.#sessionMs = sessionMs;
  }

  /** A request to join, or to stay, was answered, which took that long. Unknown: it was sent after the answer before it had come. */
  renew(tookMs?: number): void {
    const nowMs = this.#clock.monotonicMs();
    this.#sentMs = tookMs === undefined ? this.#answeredMs : nowMs - tookMs;
    this.#answeredMs = nowMs;
  }

  /** For good. */
  end(): void {
    this.#isEnded = true;
  }

  get holds(): boolean {
    return !this.#isEnded && this.#clock.monotonicMs() - this.#sentMs < this.#sessionMs;
  }
}
