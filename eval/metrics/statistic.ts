/** What the values of many questions come to, when each may count several times or not at all: what a bootstrap draws, and what a test swaps. */

/** How often each value counts, in their order. */
export type Weights = ArrayLike<number>;

/** Undefined where the values that count say nothing. Made once for its values and asked thousands of times. */
export type Statistic = (weights: Weights) => number | undefined;

export function meanStatistic(values: readonly number[]): Statistic {
  return (weights) => {
    let [sum, weight] = [0, 0];
    for (let at = 0; at < values.length; at++) {
      const times = weights[at] ?? 0;
      sum += times * (values[at] ?? 0);
      weight += times;
    }
    return weight === 0 ? undefined : sum / weight;
  };
}

/** Every value once. */
export function evenly(count: number): Weights {
  return new Uint8Array(count).fill(1);
}
