/** Area under the ROC curve: how well a score tells two classes apart, whatever the threshold. */
import { evenly, type Statistic } from './statistic.js';

export interface Labelled {
  readonly score: number;
  /** Of the class that should score higher. */
  readonly positive: boolean;
}

/**
 * The chance that a positive scores higher than a negative, a tie counting half: the Mann-Whitney U over all pairs (Hanley and McNeil,
 * 1982). Undefined when a class is empty.
 */
export function auc(labelled: readonly Labelled[]): number | undefined {
  return aucStatistic(labelled)(evenly(labelled.length));
}

/** Sorted once, so that each asking is one pass. */
export function aucStatistic(labelled: readonly Labelled[]): Statistic {
  const order = labelled.map((one, at) => ({ ...one, at })).sort((a, b) => a.score - b.score);
  const places = Uint32Array.from(order, ({ at }) => at);
  const isPositive = Uint8Array.from(order, ({ positive }) => (positive ? 1 : 0));
  const isTied = Uint8Array.from(order, ({ score }, at) => (order[at + 1]?.score === score ? 1 : 0));
  return (weights) => {
    let [positives, negatives, won] = [0, 0, 0];
    let [tiedPositives, tiedNegatives] = [0, 0];
    for (let at = 0; at < places.length; at++) {
      const times = weights[places[at] ?? 0] ?? 0;
      if (isPositive[at] === 1) tiedPositives += times;
      else tiedNegatives += times;
      if (isTied[at] === 1) continue;
      won += tiedPositives * (negatives + tiedNegatives / 2);
      positives += tiedPositives;
      negatives += tiedNegatives;
      tiedPositives = 0;
      tiedNegatives = 0;
    }
    return positives === 0 || negatives === 0 ? undefined : won / (positives * negatives);
  };
}
