/** Metrics of one ranking against what is relevant, by the names and definitions of trec_eval (`recall.k`, `ndcg_cut.k`). */
import { invariant } from '../../src/errors.js';

/** Relevant documents and their gain, above 0. What is not listed is judged irrelevant. */
export type Judgements = ReadonlyMap<string, number>;

/** Every listed document with gain 1. */
export function binaryJudgements(relevant: Iterable<string>): Judgements {
  return new Map(Array.from(relevant, (id) => [id, 1]));
}

/**
 * The share of the relevant documents among the first k. Divided by all that are relevant, also when they are more than k.
 * Undefined when nothing is relevant: such a question is left out of a mean, as in trec_eval.
 */
export function recallAtK(ranking: readonly string[], judgements: Judgements, k: number): number | undefined {
  checkRanking(ranking, judgements);
  if (judgements.size === 0) return undefined;
  return ranking.slice(0, k).filter((id) => judgements.has(id)).length / judgements.size;
}

/**
 * Discounted gain of the first k over that of the best possible first k, with the gain itself (not its power of two) divided by
 * `log2(rank + 1)` (Järvelin and Kekäläinen, 2002). Undefined when nothing is relevant.
 */
export function ndcgAtK(ranking: readonly string[], judgements: Judgements, k: number): number | undefined {
  checkRanking(ranking, judgements);
  if (judgements.size === 0) return undefined;
  const ideal = [...judgements.values()].sort((a, b) => b - a);
  const found = ranking.map((id) => judgements.get(id) ?? 0);
  return discountedGain(found, k) / discountedGain(ideal, k);
}

/** Over the questions that have a value; undefined when none has. */
export function meanOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
}

function discountedGain(gains: readonly number[], k: number): number {
  return gains.slice(0, k).reduce((sum, gain, at) => sum + gain / Math.log2(at + 2), 0);
}

/** A document listed twice would be paid twice. */
function checkRanking(ranking: readonly string[], judgements: Judgements): void {
  invariant(new Set(ranking).size === ranking.length, 'a ranking lists a document once');
  invariant(
    [...judgements.values()].every((gain) => gain > 0),
    'what is judged relevant has a gain',
  );
}
