/** Accuracy at a threshold. */
import type { Labelled } from './auc.js';

/** 1 when the score is at or above the threshold exactly for a positive, else 0: one question's part of the accuracy. */
export function accuracyAt({ score, positive }: Labelled, threshold: number): number {
  return score >= threshold === positive ? 1 : 0;
}
