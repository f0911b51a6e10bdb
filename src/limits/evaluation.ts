/** Bounds of evaluations. Part of `limits`. */
export const evaluationLimits = {
  /** Rejected records that a report names one by one; it counts the others. */
  evaluationNoticesMax: 20,
  /** Questions of one run: each keeps a line of some 5 KB, all of which the report is made of at once. */
  evaluationQuestionsMax: 100_000,
  /** Tenants whose texts plain BM25 keeps indexed between questions; of one that is asked later they are read again. */
  evaluationCorporaMax: 16,
  /** How far a set-up's state, or its index, may be behind: a week. What lags longer has stopped, and every record of it waits in memory. */
  evaluationLagMsMax: 7 * 86_400_000,
} as const;
