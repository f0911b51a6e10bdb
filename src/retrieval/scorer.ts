/**
 * The one scorer. An index proposes candidates; what is released is scored here, and so are pending entities and the account's own
 * tickets. A score is a pure function of the question, the entity's passages (and vectors), and the statistics: who else was
 * found does not matter, so it needs no normalisation over the other candidates and comes out the same in a replay.
 */
import type { Ref } from '../domain/entity.js';
import { limits } from '../limits.js';
import { isAskingWord } from './asking-words.js';
import { inverseDocumentFrequency, lengthNorm, saturation, termWeight } from './bm25.js';
import { kindredOf } from './kindred-words.js';
import type { RankingRules } from './method.js';
import type { PassageTerms } from './passage-terms.js';
import type { Statistics } from './statistics.js';
import { cosine } from './vectors.js';

export interface Question {
  /** How often each term occurs; what was said before the question counts less. */
  readonly counts: ReadonlyMap<string, number>;
  /** Length 1; null when retrieval is lexical only. */
  readonly vector: Float32Array | null;
}

export interface WeighedTerm {
  readonly term: string;
  readonly weight: number;
}

/** A question weighed by statistics and rules: made once, used for every candidate. */
export interface WeighedQuestion {
  /** What its candidates are scored by. */
  readonly ranking: RankingRules;
  /** Those asked for and their other forms, sorted by term, so that sums are taken in one order. */
  readonly terms: readonly WeighedTerm[];
  /** Where each of them stands. */
  readonly places: ReadonlyMap<string, number>;
  /** The most BM25 could give this question: every term, endlessly repeated. */
  readonly lexicalMax: number;
  /** What BM25 is divided by to stand beside a cosine; 0 when no term has a weight. */
  readonly lexicalScale: number;
  readonly meanLength: number;
  readonly vector: Float32Array | null;
}

export interface ScorablePassage {
  readonly terms: PassageTerms;
  /** Null when there is no embedder, or none has seen this text yet. */
  readonly vector: Float32Array | null;
}

/** Numbers rounded to 6 decimals. All of one passage, the entity's best. */
export interface ScoredEntity {
  /** What is ranked by: BM25 when lexical, else the shares of both. 0 means that nothing matched (when lexical). */
  readonly score: number;
  /** BM25. */
  readonly lexical: number;
  /** Cosine; null without a vector on both sides. */
  readonly dense: number | null;
}

export function weighQuestion(question: Question, statistics: Statistics, ranking: RankingRules): WeighedQuestion {
  const terms = weighTerms(question.counts, statistics, ranking);
  const meanLength = statistics.passages === 0 ? 0 : statistics.totalLength / statistics.passages;
  return {
    ranking,
    terms,
    places: new Map(terms.map(({ term }, place) => [term, place])),
    lexicalMax: terms.reduce((sum, { weight }) => sum + weight, 0),
    lexicalScale: scaleOf(terms, meanLength),
    meanLength,
    vector: question.vector,
  };
}

function weighTerms(
  counts: Question['counts'],
  statistics: Statistics,
  { askingShare, kindredShare }: RankingRules,
): WeighedQuestion['terms'] {
  const weights = new Map<string, number>();
  const add = (term: string, weight: number) => weights.set(term, (weights.get(term) ?? 0) + weight);
  const weightAt = (frequency: number, times: number) =>
    termWeight(inverseDocumentFrequency(statistics.passages, frequency), times);
  // In one order: another form of two words asked for is a sum.
  const asked = Array.from(counts, ([term, count]) => {
    const times = isAskingWord(term) ? count * askingShare : count;
    return { term, times, weight: weightAt(statistics.documentFrequency(term), times) };
  }).sort(compareTerms);
  const heaviest = new Set(heaviestOf(asked, limits.kindredWordsMax));
  for (const one of asked) {
    add(one.term, one.weight);
    if (!heaviest.has(one)) continue;
    for (const form of kindredOf(one.term)) {
      const frequency = statistics.documentFrequency(form);
      // A common form of a rare word says as little as any common word.
      if (frequency > 0) add(form, kindredShare * Math.min(one.weight, weightAt(frequency, one.times)));
    }
  }
  return Array.from(weights, ([term, weight]) => ({ term, weight })).sort(compareTerms);
}

/** Of equal weights those that come first by term. */
function heaviestOf<T extends WeighedTerm>(terms: readonly T[], countMax: number): readonly T[] {
  if (terms.length <= countMax) return terms;
  return terms.toSorted((a, b) => b.weight - a.weight || compareTerms(a, b)).slice(0, countMax);
}

/** Terms of a passage by which half of what its words say is chance. Between 5 and 20 nothing measured depends on it. */
const TERMS_HALF = 10;

/**
 * The length of the question as a vector of weights, as a cosine divides by it: what chance adds to BM25 grows with it, and not with the
 * most there could be, of which no passage has more than a little when a question has a hundred terms. It is raised where passages
 * are short, because then which of two words the writer took is chance (the n / (n + m) of a Dirichlet prior, Zhai and Lafferty, "A Study
 * of Smoothing Methods for Language Models", TOIS 22(2), 2004).
 */
function scaleOf(terms: WeighedQuestion['terms'], meanLength: number): number {
  const length = Math.sqrt(terms.reduce((sum, { weight }) => sum + weight * weight, 0));
  return meanLength === 0 ? length : (length * (meanLength + TERMS_HALF)) / meanLength;
}

/** The entity's best passage decides; one without passages scores 0. */
export function scoreEntity(question: WeighedQuestion, passages: readonly ScorablePassage[]): ScoredEntity {
  let best: ScoredEntity | null = null;
  for (const passage of passages) {
    const scored = scorePassage(question, passage);
    if (best === null || scored.score > best.score) best = scored;
  }
  return best ?? { score: 0, lexical: 0, dense: null };
}

function scorePassage(question: WeighedQuestion, passage: ScorablePassage): ScoredEntity {
  const lexical = lexicalScore(question, passage.terms);
  if (question.vector === null) return { score: roundScore(lexical), lexical: roundScore(lexical), dense: null };
  const dense = passage.vector === null ? null : cosine(question.vector, passage.vector);
  return {
    score: roundScore(fuse(dense ?? 0, lexical, question)),
    lexical: roundScore(lexical),
    dense: dense === null ? null : roundScore(dense),
  };
}

function lexicalScore(question: WeighedQuestion, passage: PassageTerms): number {
  const norm = lengthNorm(passage.length, question.meanLength);
  let sum = 0;
  for (const { term, weight } of mayMatch(question, passage)) {
    const count = passage.counts.get(term);
    if (count !== undefined) sum += weight * saturation(count, norm);
  }
  return sum;
}

/** By the shorter of both, in the order of the question: after a long conversation it has a hundred times the terms of a passage. */
function mayMatch({ terms, places }: WeighedQuestion, { counts }: PassageTerms): readonly WeighedTerm[] {
  if (terms.length <= counts.size) return terms;
  const found: number[] = [];
  for (const term of counts.keys()) {
    const place = places.get(term);
    if (place !== undefined) found.push(place);
  }
  return found.sort((a, b) => a - b).flatMap((place) => terms[place] ?? []);
}

/** All of a weighed question that fusing takes. */
export type FusedBy = Pick<WeighedQuestion, 'ranking' | 'lexicalScale'>;

/** The shares of cosine and of BM25 on a scale like its own. It rises with both; the question and its statistics alone fix the scale. */
export function fuse(dense: number, lexical: number, { ranking, lexicalScale }: FusedBy): number {
  return ranking.denseShare * dense + (lexicalScale === 0 ? 0 : (ranking.lexicalShare * lexical) / lexicalScale);
}

/** To 6 decimals: far above the noise of adding doubles, far below a difference that means something. */
export function roundScore(score: number): number {
  const rounded = Math.round(score * 1e6) / 1e6;
  return rounded === 0 ? 0 : rounded;
}

export interface Ranked {
  readonly ref: Ref;
  readonly score: number;
}

/** Best first; equal scores by reference, ascending by UTF-16 unit. A total order over distinct references. */
export function compareRanked(a: Ranked, b: Ranked): number {
  return b.score - a.score || compareText(a.ref, b.ref);
}

function compareTerms(a: Pick<WeighedTerm, 'term'>, b: Pick<WeighedTerm, 'term'>): number {
  return compareText(a.term, b.term);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
