/**
 * What of the partitions a member of a sharing group has by now. It says who works where, not who may: two members that believe to
 * have one partition cost work, and nothing else. So while a group is shared out anew everybody goes on with what he had, and only
 * who has not been heard of for so long that his part is given to others lets go of it.
 */
import type { Clock } from '../../src/domain/clock.js';
import type { PartitionKey } from '../../src/domain/position.js';

export interface JoinedSharing {
  readonly isLeader: boolean;
  readonly partitions: readonly PartitionKey[];
}

export class SharingStanding {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #sessionMs: number;
  #share: JoinedSharing | undefined;
  #owned: ReadonlySet<PartitionKey> = new Set();
  #untilMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, 'monotonicMs'>, sessionMs: number) {
    this.#clock = clock;
    this.#sessionMs = sessionMs;
  }

  /** Undefined: nothing, until the group has been joined again. */
  get share(): JoinedSharing | undefined {
    return this.#clock.monotonicMs() < this.#untilMs ? this.#share : undefined;
  }

  owns(partition: PartitionKey): boolean {
    return this.#owned.has(partition) && this.share !== undefined;
  }

  joined(share: JoinedSharing): void {
    this.#share = share;
    this.#owned = new Set(share.partitions);
    this.#untilMs = this.#clock.monotonicMs() + this.#sessionMs;
  }

  /** A heartbeat was answered. */
  heard(): void {
    if (this.#share !== undefined) this.#untilMs = this.#clock.monotonicMs() + this.#sessionMs;
  }

  /** The group is joined again, which takes until a dead member has been put out of it; nobody is asked for heartbeats meanwhile. */
  rebalancing(): void {
    if (this.share !== undefined) this.#untilMs = this.#clock.monotonicMs() + 2 * this.#sessionMs;
  }

  /** The group has been told, or may have been, that we leave; or what carries our membership has ended. */
  left(): void {
    this.#share = undefined;
  }
}
