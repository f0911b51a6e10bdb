/** How far a figure would move with other questions of the same sort: the bootstrap's percentile interval (Efron, 1979). */
import { seeded } from '../random.js';
import type { Statistic } from './statistic.js';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Samples that an interval is taken from: its ends then move by less than a twentieth of its width from seed to seed. */
export const bootstrapSamples = 2_000;
const confidence = 0.95;

/**
 * Draws `count` values anew with replacement, as many as there are, and takes the middle 95 % of what `statistic` makes of the draws.
 * Draws that it makes nothing of are left out; undefined when that is all of them. The same seed gives the same interval.
 */
export function bootstrapInterval(count: number, statistic: Statistic, seed: number): Interval | undefined {
  if (count === 0) return undefined;
  const random = seeded(seed);
  const weights = new Uint32Array(count);
  const found: number[] = [];
  for (let sample = 0; sample < bootstrapSamples; sample++) {
    weights.fill(0);
    for (let draw = 0; draw < count; draw++) {
      const at = random.below(count);
      weights[at] = (weights[at] ?? 0) + 1;
    }
    const value = statistic(weights);
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
