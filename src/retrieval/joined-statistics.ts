/**
 * What BM25 knows of passages beside those of a tenant's policies: of the tickets of one account, which are scored directly. Words of a
 * customer's messages are rare or common among messages; by the policies alone every one of them would be unknown, and weigh the same.
 */
import type { PassageTerms } from './passage-terms.js';
import type { Statistics } from './statistics.js';

/**
 * As if the passages were counted with the policies': of the same account at the same position always the same, for a replay too. Named
 * by the policies alone, since the tickets are what is ranked.
 */
export function joinedStatistics(statistics: Statistics, beside: readonly PassageTerms[]): Statistics {
  return {
    id: statistics.id,
    passages: statistics.passages + beside.length,
    totalLength: beside.reduce((sum, { length }) => sum + length, statistics.totalLength),
    documentFrequency: (term) =>
      beside.reduce((sum, { counts }) => (counts.has(term) ? sum + 1 : sum), statistics.documentFrequency(term)),
  };
}
