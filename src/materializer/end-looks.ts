/**
 * Looks whether partitions have been applied up to the ends of the log. Beside the applying and not within it: an answer may be a round
 * trip away, and whatever is asked is asked about all partitions at once.
 */
import type { Clock } from '../domain/clock.js';
import type { PartitionKey } from '../domain/position.js';
import { within } from '../domain/within.js';
import { limits } from '../limits.js';
import type { EventLog } from '../log/port.js';

// The first pause after a question that nobody answered; each is twice the one before it, so that the last comes after hours.
const RETRY_MS = 200;
const END_PAUSES_MAX = 16;
// Of the time, at most a twentieth goes into asking; a log in this process answers in none.
const REST_PER_LOOK = 19;

export interface EndLooksParts {
  readonly log: Pick<EventLog, 'ends'>;
  readonly clock: Clock;
  /** Everything that the partition had when the log was asked is applied, and nothing has arrived since. */
  readonly onEnd: (partition: PartitionKey) => void;
}

export class EndLooks {
  readonly #parts: EndLooksParts;
  /** How far the partitions are that wait for a look. */
  readonly #due = new Map<PartitionKey, bigint>();
  #ends: ReadonlyMap<PartitionKey, bigint> = new Map();
  #isLooking = false;
  /** Ends the pause after a question that nobody answered. */
  #wake: AbortController | undefined;

  constructor(parts: EndLooksParts) {
    this.#parts = parts;
  }

  /** Records of the partition have arrived that are not applied yet. */
  arrived(partition: PartitionKey): void {
    this.#due.delete(partition);
  }

  /** Everything before `offset` is applied. Nothing is asked where the log is known to have more: it will arrive. */
  reached(partition: PartitionKey, offset: bigint, signal: AbortSignal): void {
    if (offset < (this.#ends.get(partition) ?? 0n)) return;
    this.#due.set(partition, offset);
    this.#wake?.abort();
    if (!this.#isLooking) void this.#look(signal);
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { log, clock } = this.#parts;
    this.#isLooking = true;
    let pauses = 0;
    while (this.#due.size > 0 && !signal.aborted) {
      const due = new Map(this.#due);
      const askedAtMs = clock.monotonicMs();
      const ends = await within(clock, log.ends(), limits.logAskMs);
      if (ends === undefined) {
        if (pauses === END_PAUSES_MAX) break;
        pauses = (await this.#pause(RETRY_MS * 2 ** pauses, signal)) ? 0 : pauses + 1;
        continue;
      }
      pauses = 0;
      this.#answered(ends, due);
      const tookMs = clock.monotonicMs() - askedAtMs;
      if (tookMs > 0) await clock.sleep(tookMs * REST_PER_LOOK, signal);
    }
    this.#isLooking = false;
  }

  /** Of a partition that has come further meanwhile nothing is said: it waits for the next look. */
  #answered(ends: ReadonlyMap<PartitionKey, bigint>, asked: ReadonlyMap<PartitionKey, bigint>): void {
    this.#ends = ends;
    for (const [partition, offset] of asked) {
      if (this.#due.get(partition) !== offset) continue;
      this.#due.delete(partition);
      if (offset >= (ends.get(partition) ?? 0n)) this.#parts.onEnd(partition);
    }
  }

  /** Whether it was ended early: there is something new to ask about. */
  async #pause(ms: number, signal: AbortSignal): Promise<boolean> {
    const wake = new AbortController();
    this.#wake = wake;
    await this.#parts.clock.sleep(ms, AbortSignal.any([signal, wake.signal]));
    this.#wake = undefined;
    return wake.signal.aborted;
  }
}
