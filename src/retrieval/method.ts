/**
 * The method of retrieval: everything that decides which passages a text has and what a question weighs. It is one value, so that a
 * service, a replay, a second generation beside the live one and the evaluation differ in it and in nothing else.
 */
import type { JsonObject } from '../domain/canonical.js';
import type { EntityKey } from '../domain/entity.js';
import type { TurnWeights } from './conversation.js';
import type { Embedder } from './embedder.js';
import { characterPassages } from './passages.js';
import type { Passage } from './port.js';
import type { Reranker } from './reranker.js';
import type { VectorRecord } from './vector-record.js';

/** From an entity's data to its passages: a pure function, synchronous because statistics are made where the state is read. */
export interface PassageRules {
  /** Other rules, another id: part of the index generation and of the statistics' digest. */
  readonly id: string;
  passagesOf(key: EntityKey, data: JsonObject): readonly Passage[];
  /** A question as texts that the embedder reads whole, at least one: their vectors' mean is the question's. Absent: as it is. */
  partsOf?(question: string): readonly string[];
}

/** The weights of the one scorer. */
export interface RankingRules {
  /** Names every number below; in the stamp of each snapshot that retrieved. */
  readonly id: string;
  /** What the cosine and the BM25 share of a passage count in its score. */
  readonly denseShare: number;
  readonly lexicalShare: number;
  /** What a word of asking counts of its weight in a question. */
  readonly askingShare: number;
  /** What another form of a word asked for counts, of the smaller weight of the two. */
  readonly kindredShare: number;
  /** What the turns before the question count. */
  readonly turns: TurnWeights;
}

export interface RetrievalMethod {
  readonly passages: PassageRules;
  readonly ranking: RankingRules;
  /** Null: retrieval is lexical. */
  readonly embedder: Embedder | null;
  /** Absent: the scorer has the last word. */
  readonly reranker?: Reranker;
  /** Where its vectors are kept. Absent: nowhere, and what memory forgets is made again. It decides nothing, so it is in no name. */
  readonly record?: VectorRecord;
}

/** The most even of what was measured on three sets of questions; `eval/baselines/README.md` has the table. */
export const defaultRanking: RankingRules = {
  id: 'ranking-3',
  denseShare: 0.7,
  lexicalShare: 0.3,
  askingShare: 0.5,
  kindredShare: 0.2,
  turns: { lexicalDecay: 0.3, denseDecay: 0.3, assistantShare: 0.25 },
};

/** What a service retrieves by when nothing is chosen: words alone. */
export const lexicalMethod: RetrievalMethod = {
  passages: characterPassages,
  ranking: defaultRanking,
  embedder: null,
};

/** The default passages and weights with this model; null: without one. */
export function methodWith(embedder: Embedder | null): RetrievalMethod {
  return { ...lexicalMethod, embedder };
}
