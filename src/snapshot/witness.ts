/**
 * The witness of freshness (P2). At local monotonic instant t the end of the log is asked for; when what is applied reaches that
 * end, everything committed before t is in the state: `witness = t`. Age is now − witness. An idle partition advances at every
 * question, a dead consumer or an unreachable log does not. No clock of another machine takes part.
 */
import type { Clock } from '../domain/clock.js';
import type { PartitionKey, PositionVector } from '../domain/position.js';
import { limits } from '../limits.js';
import type { EventLog } from '../log/port.js';

/** One asked-for end that has not been reached yet. */
interface Question {
  readonly askedAtMs: number;
  readonly ends: ReadonlyMap<PartitionKey, bigint>;
}

export interface PartitionAge {
  readonly partition: PartitionKey;
  /** Null: no end asked for has been reached since the start. */
  readonly ageMs: number | null;
  /** Records known to lie between what is applied and the last known end. */
  readonly behind: bigint;
}

export class Witness {
  readonly #log: EventLog;
  readonly #through: () => Promise<PositionVector>;
  readonly #clock: Clock;
  readonly #witnessed = new Map<PartitionKey, number>();
  /** The oldest unreached question per partition would do; the newest two keep a busy partition's witness moving. */
  #open: Question[] = [];
  #lastEnds: ReadonlyMap<PartitionKey, bigint> = new Map();
  #asking: Promise<boolean> | undefined;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  constructor(log: EventLog, through: () => Promise<PositionVector>, clock: Clock) {
    this.#log = log;
    this.#through = through;
    this.#clock = clock;
  }

  /** Asks for the end of the log, unless that was done within `limits.witnessFreshMs`; then compares it with what is applied. */
  async look(): Promise<void> {
    if (this.#clock.monotonicMs() - this.#askedAtMs >= limits.witnessFreshMs) {
      this.#asking ??= this.#ask().finally(() => {
        this.#asking = undefined;
      });
      await this.#asking;
    }
    this.#compare(await this.#through());
  }

  /** Looks at least every `limits.witnessTickMs` until `signal` aborts, so that an idle service knows that it is fresh. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look();
      await this.#clock.sleep(limits.witnessTickMs, signal);
    }
  }

  /** The end of the log as of now, for a read that must cover it; undefined when the log cannot be reached. */
  async end(): Promise<PositionVector | undefined> {
    if (!(await this.#ask())) return undefined;
    return new Map([...this.#lastEnds].filter(([, end]) => end > 0n).map(([partition, end]) => [partition, end - 1n]));
  }

  async #ask(): Promise<boolean> {
    const askedAtMs = this.#clock.monotonicMs();
    // An unreachable log answers nothing: the witness stands still and the age grows, which is the truth.
    const ends = await this.#log.ends().catch(() => undefined);
    if (ends === undefined) return false;
    this.#askedAtMs = askedAtMs;
    this.#lastEnds = ends;
    const oldest = this.#open[0];
    this.#open = oldest === undefined ? [{ askedAtMs, ends }] : [oldest, { askedAtMs, ends }];
    return true;
  }

  #compare(through: PositionVector): void {
    this.#open = this.#open.filter(({ askedAtMs, ends }) => {
      let allReached = true;
      for (const [partition, end] of ends) {
        const reached = (through.get(partition) ?? -1n) >= end - 1n;
        if (reached && askedAtMs > (this.#witnessed.get(partition) ?? Number.NEGATIVE_INFINITY)) {
          this.#witnessed.set(partition, askedAtMs);
        }
        allReached &&= reached;
      }
      return !allReached;
    });
  }

  /** The age of each partition named, as of the last look. */
  ages(partitions: Iterable<PartitionKey>, through: PositionVector): readonly PartitionAge[] {
    const nowMs = this.#clock.monotonicMs();
    return [...partitions].map((partition) => {
      const witnessed = this.#witnessed.get(partition);
      const behind = (this.#lastEnds.get(partition) ?? 0n) - 1n - (through.get(partition) ?? -1n);
      return {
        partition,
        ageMs: witnessed === undefined ? null : nowMs - witnessed,
        behind: behind > 0n ? behind : 0n,
      };
    });
  }
}
