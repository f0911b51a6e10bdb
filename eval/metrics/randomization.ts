/** Whether two systems differ on the same questions: the paired randomization test (Fisher, 1935; Smucker et al., 2007). */
import { seeded } from '../random.js';
import type { Statistic } from './statistic.js';

/** Draws of a test that is not exact: p is then known to within 0.005 around 0.05. */
export const randomizationDraws = 10_000;

/** What two systems got, pair by pair. */
export interface Sides<T> {
  readonly ours: readonly T[];
  readonly other: readonly T[];
}

export interface RandomizationParts<T> {
  readonly over: (values: readonly T[]) => Statistic;
  /** Pairs that nothing would change to swap. */
  readonly isSame: (ours: T, other: T) => boolean;
  readonly seed: number;
}

/**
 * The chance of a difference at least this large, either way, if it were chance which of the two gave which answer: each pair is swapped
 * or not. Every way of swapping is tried when there are no more of them than draws; otherwise ways are drawn by the seed, the observed one
 * among them (Phipson and Smyth, 2010), so that p is never 0. Undefined where a side comes to nothing.
 */
export function randomizationTest<T>({ ours, other }: Sides<T>, parts: RandomizationParts<T>): number | undefined {
  const count = ours.length;
  const movable = ours.flatMap((one, at) => (parts.isSame(one, other[at] as T) ? [] : [at]));
  const swapping = new Swapping(parts.over([...ours, ...other]), count);
  const observed = swapping.difference();
  if (observed === undefined) return undefined;
  // Sums of the same numbers in another order may differ in their last bits.
  const least = Math.abs(observed) - 1e-12;
  const isAsLarge = () => (Math.abs(swapping.difference() ?? 0) >= least ? 1 : 0);
  const ways = 2 ** movable.length;
  let asLarge = 0;
  if (ways <= randomizationDraws) {
    for (let way = 0; way < ways; way++) {
      for (const [bit, at] of movable.entries()) swapping.set(at, ((way >> bit) & 1) === 1);
      asLarge += isAsLarge();
    }
    return asLarge / ways;
  }
  const random = seeded(parts.seed);
  for (let draw = 0; draw < randomizationDraws; draw++) {
    for (const at of movable) swapping.set(at, random.chance(0.5));
    asLarge += isAsLarge();
  }
  return (asLarge + 1) / (randomizationDraws + 1);
}

/** Which values are on which side: of all values, ours first, each side takes half. */
class Swapping {
  readonly #statistic: Statistic;
  readonly #count: number;
  readonly #ours: Uint32Array;
  readonly #other: Uint32Array;

  constructor(statistic: Statistic, count: number) {
    this.#statistic = statistic;
    this.#count = count;
    this.#ours = new Uint32Array(2 * count).fill(1, 0, count);
    this.#other = this.#ours.map((one) => 1 - one);
  }

  set(at: number, isSwapped: boolean): void {
    const kept = isSwapped ? 0 : 1;
    const moved = 1 - kept;
    this.#ours[at] = kept;
    this.#ours[this.#count + at] = moved;
    this.#other[at] = moved;
    this.#other[this.#count + at] = kept;
  }

  difference(): number | undefined {
    const [ours, other] = [this.#statistic(this.#ours), this.#statistic(this.#other)];
    return ours === undefined || other === undefined ? undefined : ours - other;
  }
}
