/** Chance that a seed decides: the same seed gives the same numbers on every machine. */
import { invariant } from '../../src/errors.js';

/** Mulberry32 (Tommy Ettinger, public domain): 32 bits of state, enough for a run and quick. */
export class Random {
  #state: number;

  constructor(seed: number) {
    // Seeds come in a row; the multiplication (Fibonacci hashing) takes neighbours far apart.
    this.#state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  }

  /** At least 0 and below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }

  /** A whole number, at least 0 and below `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(among: readonly [T, ...T[]] | readonly T[]): T {
    invariant(among.length > 0, 'something to pick from');
    return among[this.below(among.length)] as T;
  }

  /** Another sequence, so that what one part of a run draws does not move what another draws. */
  fork(): Random {
    return new Random(this.below(0x7fff_ffff));
  }
}
