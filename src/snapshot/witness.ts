/**
 * The witness of freshness (P2). At local monotonic instant t the end of the log is asked for; when what is applied reaches that
 * end, everything committed before t is in the state: `witness = t`. Age is now − witness. An idle partition advances at every
 * question, a dead consumer or an unreachable log does not. No clock of another machine takes part.
 *
 * A partition that is not read on is not asked about: its log may have an end, but none that reading would come to. Its age grows.
 *
 * An answer is judged by the state it was read from: what was proven while it was being put together says nothing about it. A state that
 * went back has lost what readers have seen: nothing that was proven before is said of it, until it has come to an end asked for.
 */
import type { Clock } from '../domain/clock.js';
import type { PartitionKey, PositionVector } from '../domain/position.js';
import { within } from '../domain/within.js';
import { limits } from '../limits.js';
import type { EventLog } from '../log/port.js';
import { passesByItself, type TroubleAt, troublesAmong } from './troubles.js';

/** An end of one partition, and when it was asked for. Everything committed before that instant lies below that end. */
interface Question {
  readonly askedAtMs: number;
  readonly end: bigint;
}

export interface PartitionAge {
  readonly partition: PartitionKey;
  /** Null: no end asked for is known to be reached by what the answer was read from. */
  readonly ageMs: number | null;
  /** Records known to lie between what is applied and the last known end. */
  readonly behind: bigint;
  /** Of what the answer was read from; -1n: nothing of the partition. */
  readonly through: bigint;
}

/** The ends of all partitions, and when they were asked for. */
interface Ends {
  readonly askedAtMs: number;
  readonly ends: ReadonlyMap<PartitionKey, bigint>;
}

/** What is known of a partition as of one state: its age is this and the time. */
interface Standing {
  readonly partition: PartitionKey;
  readonly witnessedAtMs: number | null;
  readonly behind: bigint;
  readonly through: bigint;
}

/** Between two writes and two questions every read comes to the same, but for the time. */
interface Remembered {
  /** How often it was asked how far the state is. */
  looks: number;
  /** What was compared last, and which look brought it. */
  compared?: { readonly look: number; readonly through: PositionVector; readonly last: Ends };
  /** What was asked for last, of whom. */
  standing?: { of: Iterable<PartitionKey>; through: PositionVector; as: readonly Standing[] };
}

type Questions = Map<PartitionKey, readonly Question[]>;

export class Witness {
  readonly #log: EventLog;
  readonly #through: () => Promise<PositionVector>;
  readonly #clock: Clock;
  /** Ends that have been reached, oldest first: an answer may come from a state of a few moments ago. */
  readonly #reached: Questions = new Map();
  /** Ends not reached yet, oldest first. */
  readonly #open: Questions = new Map();
  #asking: Promise<unknown> | undefined;
  /** The newest answer. */
  #last: Ends = { askedAtMs: Number.NEGATIVE_INFINITY, ends: new Map() };
  #remembered: Remembered = { looks: 0 };

  constructor(log: EventLog, through: () => Promise<PositionVector>, clock: Clock) {
    this.#log = log;
    this.#through = through;
    this.#clock = clock;
  }

  /**
   * Asks for the end of the log, unless that was done within `limits.witnessFreshMs`; then compares it with what is applied. An
   * answer is waited for `waitMs` at most: what has not been answered by then proves nothing yet. Returns what it was compared with.
   */
  async look(waitMs: number = limits.logAskMs, applied = this.#through): Promise<PositionVector> {
    if (this.#clock.monotonicMs() - this.#last.askedAtMs >= limits.witnessFreshMs) {
      // A question that hangs makes way for the next one: the log may have come back, and would answer that.
      this.#asking ??= within(this.#clock, this.#ask(), limits.logAskMs).finally(() => {
        this.#asking = undefined;
      });
      await within(this.#clock, this.#asking, waitMs);
    }
    this.#remembered.looks += 1;
    const look = this.#remembered.looks;
    const through = await applied();
    const { compared, looks } = this.#remembered;
    // Answered late, it tells of a state that is no more; and that is no going back.
    if (compared !== undefined && look < compared.look) return through;
    // Where nothing was applied and no end was asked for since, the comparison would come to the same.
    if (through !== compared?.through || this.#last !== compared.last) {
      this.#remembered = { looks, compared: { look, through, last: this.#last } };
      for (const [partition, before] of compared?.through ?? [])
        if ((through.get(partition) ?? -1n) < before) this.#reached.delete(partition);
      this.#compare(through);
    }
    return through;
  }

  /** Looks at least every `limits.witnessTickMs` until `signal` aborts, so that an idle service knows that it is fresh. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // A state that cannot be asked proves nothing, and no age is the worse for it: the next tick asks again.
      await this.look().catch(() => undefined);
      await this.#clock.sleep(limits.witnessTickMs, signal);
    }
  }

  /** The end of the log as of now, for a read that must cover it; undefined when the log does not answer within `waitMs`. */
  async end(waitMs: number = limits.logAskMs): Promise<PositionVector | undefined> {
    const ends = await within(this.#clock, this.#ask(), waitMs);
    if (ends === undefined) return undefined;
    return new Map([...ends].filter(([, end]) => end > 0n).map(([partition, end]) => [partition, end - 1n]));
  }

  /** An answer that comes too late for whoever asked is still taken: it proves what it proves of the moment it was asked at. */
  async #ask(): Promise<ReadonlyMap<PartitionKey, bigint> | undefined> {
    const askedAtMs = this.#clock.monotonicMs();
    // An unreachable log answers nothing: the witness stands still and the age grows, which is the truth.
    const ends = await this.#log.ends().catch(() => undefined);
    // Of two questions under way at once the older one may be answered last; it knows nothing new.
    if (ends === undefined || askedAtMs < this.#last.askedAtMs) return ends;
    this.#last = { askedAtMs, ends };
    delete this.#remembered.standing;
    for (const [partition, end] of ends) {
      const trouble = this.#log.troubles.get(partition);
      if (trouble !== undefined && !passesByItself(trouble)) continue;
      // Under a consumer that is far behind, the oldest ends come up first: the newest one takes the place of the one before it.
      const open = (this.#open.get(partition) ?? []).slice(0, limits.witnessesMax - 1);
      this.#open.set(partition, [...open, { askedAtMs, end }]);
    }
    return ends;
  }

  #compare(through: PositionVector): void {
    for (const [partition, open] of this.#open) {
      const applied = through.get(partition) ?? -1n;
      const latest = open.findLast(({ end }) => end - 1n <= applied);
      if (latest === undefined) continue;
      // Of equal ends the later question proves more, and it proves it for every state that the earlier one did.
      const kept = (this.#reached.get(partition) ?? []).filter(({ end }) => end !== latest.end);
      this.#reached.set(partition, [...kept, latest].slice(-limits.witnessesMax));
      this.#open.set(
        partition,
        open.filter(({ end }) => end - 1n > applied),
      );
    }
  }

  /** The age, now, of an answer read from a state at `through`. */
  ages(partitions: Iterable<PartitionKey>, through: PositionVector): readonly PartitionAge[] {
    const nowMs = this.#clock.monotonicMs();
    let known = this.#remembered.standing;
    if (known?.of !== partitions || known.through !== through) {
      known = { of: partitions, through, as: [...partitions].map((partition) => this.#standingOf(partition, through)) };
      this.#remembered.standing = known;
    }
    return known.as.map(({ partition, witnessedAtMs, behind, through: last }) => ({
      partition,
      ageMs: witnessedAtMs === null ? null : nowMs - witnessedAtMs,
      behind,
      through: last,
    }));
  }

  /** What keeps the topics of these partitions from their ends, as last known. */
  troubles(partitions: Iterable<PartitionKey>): readonly TroubleAt[] {
    return troublesAmong(this.#log.troubles, partitions);
  }

  #standingOf(partition: PartitionKey, through: PositionVector): Standing {
    const applied = through.get(partition) ?? -1n;
    const witness = this.#reached.get(partition)?.findLast(({ end }) => end - 1n <= applied);
    const behind = (this.#last.ends.get(partition) ?? 0n) - 1n - applied;
    const witnessedAtMs = witness?.askedAtMs ?? null;
    return { partition, witnessedAtMs, behind: behind > 0n ? behind : 0n, through: applied };
  }
}
