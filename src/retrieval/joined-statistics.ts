/**
 * What BM25 knows of passages beside those of a tenant's policies: of the tickets of one account, which are scored directly. Words of a
 * customer's messages are rare or common among messages; by the policies alone every one of them would be unknown, and weigh the same.
 */
import type { PassageTerms } from './passage-terms.js';
import type { Statistics } from './statistics.js';

/** All that counts of a set of passages. */
export interface PassageCounts {
  readonly passages: number;
  /** Terms of all passages, with repetitions. */
  readonly totalLength: number;
  /** Passages that hold the term; absent for one that none holds. */
  readonly frequencies: ReadonlyMap<string, number>;
}

export function countPassages(passages: readonly PassageTerms[]): PassageCounts {
  const frequencies = new Map<string, number>();
  for (const { counts } of passages) {
    for (const term of counts.keys()) frequencies.set(term, (frequencies.get(term) ?? 0) + 1);
  }
  const totalLength = passages.reduce((sum, { length }) => sum + length, 0);
  return { passages: passages.length, totalLength, frequencies };
}

/**
 * As if the passages were counted with the policies': of the same account at the same position always the same, for a replay too. Named
 * by the policies alone, since the tickets are what is ranked.
 */
export function joinedStatistics(statistics: Statistics, beside: PassageCounts): Statistics {
  return {
    id: statistics.id,
    passages: statistics.passages + beside.passages,
    totalLength: statistics.totalLength + beside.totalLength,
    documentFrequency: (term) => statistics.documentFrequency(term) + (beside.frequencies.get(term) ?? 0),
  };
}
