/**
 * Beside the applying: whether the state has gone back, and of the partitions that others apply what the state has been taken through,
 * read from this process's own journal. No partition waits for another one, and nothing waits for this.
 */
import type { Clock } from '../domain/clock.js';
import { type PartitionKey, type PositionVector, partitionKey } from '../domain/position.js';
import { TidemarkError } from '../errors.js';
import { limits } from '../limits.js';
import type { Turns } from '../log/turns.js';
import type { StateStore, StateTrouble } from '../state/port.js';
import { type HeldParts, know } from './held.js';
import type { Ownership } from './ownership.js';
import type { Regress, Standing } from './standing.js';

export interface FollowerParts extends HeldParts {
  readonly state: StateStore;
  readonly ownership: Ownership;
  readonly standing: Standing;
  readonly clock: Clock;
  /** Decisions are adopted in turns with whoever folds. */
  readonly turns: Turns;
  readonly onRegress: (regress: Regress, through: PositionVector) => Promise<void>;
  readonly onFailure: (error: unknown) => void;
  readonly onTrouble: (trouble: StateTrouble | null) => void;
}

export class Follower {
  readonly #parts: FollowerParts;
  readonly #reading = new Set<PartitionKey>();
  /** How far the state was at the newest look. */
  readonly #wanted = new Map<PartitionKey, bigint>();
  /** What was not copied yet when it was looked for last. */
  readonly #late = new Set<PartitionKey>();

  #trouble: StateTrouble | null = null;

  constructor(parts: FollowerParts) {
    this.#parts = parts;
  }

  /** Runs until `signal` aborts. Rejects when what the state has lost cannot be read again, or the state is another's. */
  async run(signal: AbortSignal): Promise<void> {
    const { state, clock, ownership } = this.#parts;
    let lateMs: number = limits.followPauseMs;
    while (!signal.aborted) {
      // Watching starts before looking: what moves in between still wakes the wait.
      const woken = new AbortController();
      const follows = this.#partitions().some((partition) => !ownership.owns(partition));
      const stops = [ownership.watch(() => woken.abort()), ...(follows ? [state.watch(() => woken.abort())] : [])];
      await this.#look();
      await clock.sleep(limits.followPauseMs, signal);
      const isLate = this.#late.size > 0;
      lateMs = isLate ? Math.min(lateMs * 2, limits.standingLookMs) : limits.followPauseMs;
      await clock.sleep(isLate ? lateMs : limits.standingLookMs, AbortSignal.any([woken.signal, signal]));
      for (const stop of stops) stop();
    }
  }

  async #look(): Promise<void> {
    const { state, standing, onRegress, onFailure, onTrouble } = this.#parts;
    const look = await standing.look().catch((error: unknown) => {
      // Where another log has taken the place of the state, or it may not be read, nothing here comes right by waiting.
      if (error instanceof TidemarkError && !error.retriable) throw error;
      // That it is in trouble is told once, and not at every look.
      if (state.trouble === null) onFailure(error);
      return undefined;
    });
    const { trouble } = state;
    if (trouble?.kind !== this.#trouble?.kind) onTrouble(trouble);
    this.#trouble = trouble;
    if (look === undefined) return;
    if (look.regress !== undefined) await onRegress(look.regress, look.through);
    this.follow(look.through);
  }

  /** Begins to read what the state has been taken through; a partition that is being read already goes on from there. */
  follow(through: PositionVector): void {
    const { ownership } = this.#parts;
    for (const partition of this.#partitions()) {
      const last = through.get(partition);
      if (last === undefined || ownership.owns(partition)) continue;
      this.#wanted.set(partition, last);
      if (this.#reading.has(partition)) continue;
      this.#reading.add(partition);
      void this.#read(partition).finally(() => this.#reading.delete(partition));
    }
  }

  async #read(partition: PartitionKey): Promise<void> {
    for (let last: bigint | undefined; last !== this.#wanted.get(partition); ) {
      last = this.#wanted.get(partition);
      if (last === undefined || !(await this.#knows(partition, last))) break;
    }
  }

  /** False: not all of it has been copied yet, or the journal could not be read. */
  async #knows(partition: PartitionKey, last: bigint): Promise<boolean> {
    const { turns, topics, onFailure } = this.#parts;
    const read = () => know(this.#parts, partition, last);
    try {
      const isKnown = await (partition === partitionKey(topics.rejected, 0) ? turns.take(read) : read());
      if (isKnown) this.#late.delete(partition);
      else this.#late.add(partition);
      return isKnown;
    } catch (error) {
      this.#late.add(partition);
      onFailure(error);
      return false;
    }
  }

  #partitions(): readonly PartitionKey[] {
    const { sources, rejected } = this.#parts.topics;
    const ofSources = sources.flatMap(({ name, partitions }) =>
      Array.from({ length: partitions }, (_, number) => partitionKey(name, number)),
    );
    return [partitionKey(rejected, 0), ...ofSources];
  }
}
