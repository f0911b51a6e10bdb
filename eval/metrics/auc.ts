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
  return (weights) => {
    let [positives, negatives, won] = [0, 0, 0];
    for (let from = 0; from < order.length; ) {
      const score = order[from]?.score;
      let [tiedPositives, tiedNegatives] = [0, 0];
      for (; from < order.length && order[from]?.score === score; from++) {
        const one = order[from];
        const times = weights[one?.at ?? -1] ?? 0;
        if (one?.positive === true) tiedPositives += times;
        else tiedNegatives += times;
      }
      won += tiedPositives * (negatives + tiedNegatives / 2);
      positives += tiedPositives;
      negatives += tiedNegatives;
    }
    return positives === 0 || negatives === 0 ? undefined : won / (positives * negatives);
  };
}
