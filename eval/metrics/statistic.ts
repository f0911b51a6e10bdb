/** What the values of many questions come to, when each may count several times or not at all: what a bootstrap draws, and what a test swaps. */

/** How often each value counts, in their order. */
export type Weights = Uint32Array;

/** Undefined where the values that count say nothing. Made once for its values and asked thousands of times. */
export type Statistic = (weights: Weights) => number | undefined;

export function meanStatistic(values: readonly number[]): Statistic {
  const known = Float64Array.from(values);
  return (weights) => {
    let [sum, weight] = [0, 0];
    for (let at = 0; at < known.length; at++) {
      const times = weights[at] ?? 0;
      sum += times * (known[at] ?? 0);
      weight += times;
    }
    return weight === 0 ? undefined : sum / weight;
  };
}

/** Every value once. */
export function evenly(count: number): Weights {
  return new Uint32Array(count).fill(1);
}
