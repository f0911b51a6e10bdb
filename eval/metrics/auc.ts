/** Area under the ROC curve: how well a score tells two classes apart, whatever the threshold. */

export interface Labelled {
  readonly score: number;
  /** Of the class that should score higher. */
  readonly positive: boolean;
}

/**
 * The chance that a positive scores higher than a negative, a tie counting half: the Mann-Whitney U over all pairs (Hanley and McNeil,
 * 1982), by ranks. Undefined when a class is empty.
 */
export function auc(labelled: readonly Labelled[]): number | undefined {
  const positives = labelled.filter(({ positive }) => positive).length;
  const negatives = labelled.length - positives;
  if (positives === 0 || negatives === 0) return undefined;
  const sorted = [...labelled].sort((a, b) => a.score - b.score);
  let rankSum = 0;
  for (let from = 0; from < sorted.length; ) {
    let to = from;
    let tied = 0;
    for (const { score } = sorted[from] as Labelled; sorted[to]?.score === score; to++) {
      if (sorted[to]?.positive === true) tied++;
    }
    // Ranks begin at 1; those that tie share the mean of theirs.
    rankSum += tied * ((from + 1 + to) / 2);
    from = to;
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}
