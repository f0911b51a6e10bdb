/** The leader epochs of one partition, oldest first: each with the first offset written, or to be written, under it. */
import { limits } from '../limits.js';

export interface EpochStart {
  readonly leaderEpoch: number;
  readonly first: bigint;
}

export class EpochTable {
  /** Epochs and offsets both rise from entry to entry. */
  readonly starts: readonly EpochStart[];

  constructor(starts: readonly EpochStart[]) {
    this.starts = starts;
  }

  get newest(): number {
    return this.starts.at(-1)?.leaderEpoch ?? 0;
  }

  /** Of an offset from before the first entry: the oldest epoch known. */
  epochOf(offset: bigint): number {
    const found = this.starts.findLast(({ first }) => first <= offset) ?? this.starts[0];
    return found?.leaderEpoch ?? 0;
  }

  /** See `LeaderEpochs.endOf`. */
  endOf(leaderEpoch: number): bigint | undefined {
    if (leaderEpoch > this.newest) return 0n;
    return this.starts.find((start) => start.leaderEpoch > leaderEpoch)?.first;
  }

  /**
   * The table once an epoch begins at the end of the partition. What is said of epochs that began at or after that end goes: their
   * records were lost, or there were none.
   */
  begin(leaderEpoch: number, end: bigint): EpochTable {
    const kept = this.starts.filter(({ first }) => first < end);
    return new EpochTable([...kept, { leaderEpoch, first: end }].slice(-limits.leaderEpochsKeptMax));
  }
}
