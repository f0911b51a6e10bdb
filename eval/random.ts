/** Chance that a seed decides: the same seed gives the same numbers on every machine. */
import { invariant } from '../src/errors.js';

export interface Random {
  /** At least 0 and below 1. */
  next(): number;
  /** Whole, at least 0 and below `limit`. */
  below(limit: number): number;
  /** Whole, both ends included. */
  between(low: number, high: number): number;
  /** Any number, at least `low` and below `high`. */
  within(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** Another sequence, so that what one part of a run draws does not move what another draws. */
  fork(): Random;
}

/** mulberry32 by Tommy Ettinger (2017, public domain): a 32-bit counter with a mixing step. Enough for a run, and quick. */
export function seeded(seed: number): Random {
  let counter = seed >>> 0;
  const next = () => {
    counter = (counter + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(counter ^ (counter >>> 15), counter | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    below,
    between: (low, high) => low + below(high - low + 1),
    within: (low, high) => low + next() * (high - low),
    chance: (probability) => next() < probability,
    pick: <T>(items: readonly T[]) => {
      invariant(items.length > 0, 'something to pick from');
      return items[below(items.length)] as T;
    },
    fork: () => scattered(below(0x7fff_ffff)),
  };
}

/** For seeds that come in a row: the multiplication (Fibonacci hashing) takes neighbours far apart. */
export function scattered(seed: number): Random {
  return seeded(Math.imul(seed + 1, 0x9e3779b1));
}
