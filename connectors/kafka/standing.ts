/**
 * Where we stand in a group of which the leader is the owner. Brokers that are away put nobody in our place: the client joins again by
 * itself, and then the group says who leads. Until it has, nothing holds.
 */
import type { Clock } from '../../src/domain/clock.js';
import { Lease } from './lease.js';

/** `away`: was the owner, and does not know who is. `lost`: another one is, or nobody will join again. */
type Place = 'candidate' | 'owner' | 'away' | 'lost';

export interface Joined {
  readonly isLeader: boolean;
  readonly tookMs: number;
}

export class Standing {
  /** Resolves when we have become the owner. Rejects when the group cannot be joined. */
  readonly settled: Promise<void>;
  readonly #lease: Lease;
  #place: Place = 'candidate';
  #onOwner: () => void = () => undefined;
  #onFailure: (error: Error) => void = () => undefined;
  #lost: () => void = () => undefined;

  constructor(clock: Pick<Clock, 'monotonicMs'>, sessionMs: number) {
    this.#lease = new Lease(clock, sessionMs);
    this.settled = new Promise((resolve, reject) => {
      this.#onOwner = resolve;
      this.#onFailure = reject;
    });
    this.settled.catch(() => undefined);
  }

  /** Whether nobody else can be the owner by now. */
  get holds(): boolean {
    return this.#place === 'owner' && this.#lease.holds;
  }

  /** Called once, now or later. */
  onLost(listener: () => void): void {
    this.#lost = listener;
    if (this.#place === 'lost') listener();
  }

  /** The group was joined, again or for the first time. */
  joined({ isLeader, tookMs }: Joined): void {
    if (this.#place === 'lost') return;
    if (isLeader) {
      this.#place = 'owner';
      this.#lease.renew(tookMs);
      this.#onOwner();
    } else if (this.#place !== 'candidate') this.#lose();
  }

  /** A heartbeat was answered. */
  heard(): void {
    if (this.#place === 'owner') this.#lease.renew();
  }

  /** The group may have been told that we leave: from then on the next one leads, whatever is left of the lease. */
  left(): void {
    if (this.#place === 'owner') this.#place = 'away';
  }

  /** What carries our membership has ended; `restarts`: it joins again by itself. */
  crashed(error: Error, restarts: boolean): void {
    this.#onFailure(error);
    if (restarts) this.left();
    else if (this.#place === 'owner' || this.#place === 'away') this.#lose();
  }

  #lose(): void {
    this.#place = 'lost';
    this.#lease.end();
    this.#lost();
  }
}
