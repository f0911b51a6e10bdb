/** How far a figure would move with other questions of the same sort: the bootstrap's percentile interval (Efron, 1979). */
import { seeded } from '../random.js';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Samples that an interval is taken from: its ends then move by less than a twentieth of its width from seed to seed. */
export const bootstrapSamples = 2_000;
const confidence = 0.95;

/**
 * Draws `items` anew with replacement, as many as there are, and takes the middle 95 % of what `statistic` makes of the draws. Draws
 * that it makes nothing of are left out; undefined when that is all of them. The same seed gives the same interval.
 */
export function bootstrapInterval<T>(
  items: readonly T[],
  statistic: (drawn: readonly T[]) => number | undefined,
  seed: number,
): Interval | undefined {
  if (items.length === 0) return undefined;
  const random = seeded(seed);
  const found: number[] = [];
  for (let sample = 0; sample < bootstrapSamples; sample++) {
    const value = statistic(items.map(() => random.pick(items)));
    if (value !== undefined) found.push(value);
  }
  if (found.length === 0) return undefined;
  found.sort((a, b) => a - b);
  const tail = (1 - confidence) / 2;
  return { low: quantile(found, tail), high: quantile(found, 1 - tail) };
}

/** Linear between the two nearest (Hyndman and Fan, 1996, type 7). `sorted` is not empty. */
export function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)] ?? Number.NaN, sorted[Math.ceil(place)] ?? Number.NaN];
  // Equal neighbours stay exactly what they are.
  return below === above ? below : below + (above - below) * (place - Math.floor(place));
}
