/** Whether two systems differ on the same questions: the paired randomization test (Fisher, 1935; Smucker et al., 2007). */
import { seeded } from '../random.js';

/** Draws of a test that is not exact: p is then known to within 0.005 around 0.05. */
export const randomizationDraws = 10_000;

export interface Pair<T> {
  readonly ours: T;
  readonly other: T;
}

/**
 * The chance of a difference at least this large, either way, if it were chance which of the two gave which answer: each pair is swapped
 * or not. Every way of swapping is tried when there are no more of them than draws; otherwise ways are drawn by the seed, the observed one
 * among them (Phipson and Smyth, 2010), so that p is never 0. Pairs that `isSame` cannot matter and are not swapped. Undefined
 * where `difference` is.
 */
export function randomizationTest<T>(
  pairs: readonly Pair<T>[],
  difference: (pairs: readonly Pair<T>[]) => number | undefined,
  { seed, isSame }: { readonly seed: number; readonly isSame: (pair: Pair<T>) => boolean },
): number | undefined {
  const observed = difference(pairs);
  if (observed === undefined) return undefined;
  // Sums of the same numbers in another order may differ in their last bits.
  const least = Math.abs(observed) - 1e-12;
  const movable = pairs.flatMap((pair, at) => (isSame(pair) ? [] : [at]));
  const places = new Map(movable.map((at, bit) => [at, bit]));
  const isAsLarge = (isSwapped: (bit: number) => boolean) => {
    const made = pairs.map((pair, at) => {
      const bit = places.get(at);
      return bit !== undefined && isSwapped(bit) ? { ours: pair.other, other: pair.ours } : pair;
    });
    return Math.abs(difference(made) ?? 0) >= least ? 1 : 0;
  };
  let asLarge = 0;
  const ways = 2 ** movable.length;
  if (ways <= randomizationDraws) {
    for (let way = 0; way < ways; way++) asLarge += isAsLarge((bit) => ((way >> bit) & 1) === 1);
    return asLarge / ways;
  }
  const random = seeded(seed);
  for (let draw = 0; draw < randomizationDraws; draw++) asLarge += isAsLarge(() => random.chance(0.5));
  return (asLarge + 1) / (randomizationDraws + 1);
}
