/** Retrieval for a snapshot: candidates that the state confirms, scored and ranked by the one scorer. */
import { type PresentEntity, refOf } from '../domain/entity.js';
import { limits } from '../limits.js';
import type { Embedder } from '../retrieval/embedder.js';
import { PassageTermsCache } from '../retrieval/passage-terms.js';
import { passagesOfEntity } from '../retrieval/passages.js';
import {
  compareRanked,
  type ScoredEntity,
  scoreEntity,
  type WeighedQuestion,
  weighQuestion,
} from '../retrieval/scorer.js';
import { tokenize } from '../retrieval/tokenizer.js';
import type { VectorCache } from '../retrieval/vector-cache.js';
import type { Candidate, CandidateSource, PolicyCandidates } from './candidates.js';
import type { RetrievalFacts } from './manifest.js';
import { PolicyStatistics } from './policy-statistics.js';
import type { Asked, AskingRequest, Retriever, Sources } from './retriever.js';
import type { Selected } from './select.js';

interface ScoredCandidate extends Candidate {
  readonly scored: ScoredEntity;
}

/** The model and the vectors it has made. */
export interface Embedding {
  readonly embedder: Embedder;
  readonly vectors: VectorCache;
}

export class RankingRetriever implements Retriever {
  readonly identity: Retriever['identity'];
  readonly #candidates: CandidateSource;
  readonly #embedding: Embedding | null;
  readonly #statistics = new PolicyStatistics();
  readonly #terms = new PassageTermsCache();

  /** `generation`: of the index that the candidates come from, or would have come from. */
  constructor(generation: string, candidates: CandidateSource, embedding: Embedding | null) {
    this.#candidates = candidates;
    this.#embedding = embedding;
    this.identity = { embedder: embedding?.embedder.identity ?? null, generation };
  }

  async retrieve(sources: Sources, request: AskingRequest): Promise<Asked> {
    const statistics = this.#statistics.of(request.tenant, sources.policies);
    const terms = tokenize(request.question);
    const [vector] = (await this.#embedding?.embedder.embed([request.question])) ?? [];
    const question = weighQuestion({ terms, vector: vector ?? null }, statistics);
    const policies = request.kinds.includes('policy')
      ? await this.#candidates.policies(sources, request, question)
      : noPolicies;
    const known = await this.#scoreAll(question, policies.candidates);
    const pending = await this.#scorePending(question, policies.pending);
    const tickets = await this.#scoreAll(question, ticketCandidates(sources, request));
    const retrieval: RetrievalFacts = {
      statistics: statistics.id,
      pendingScored: pending.length,
      pendingUnscored: policies.pendingUnscored + policies.pending.length - pending.length,
    };
    return { ...cut(request, ranked([...known, ...pending]), ranked(tickets)), retrieval };
  }

  async #scoreAll(question: WeighedQuestion, candidates: readonly Candidate[]): Promise<ScoredCandidate[]> {
    const scored: ScoredCandidate[] = [];
    for (const candidate of candidates) {
      scored.push({ ...candidate, scored: await this.#score(question, candidate.entity) });
    }
    return scored;
  }

  /** One that the embedder refuses is why it may be pending: it counts as unscored and does not take every answer with it. */
  async #scorePending(question: WeighedQuestion, pending: readonly Candidate[]): Promise<ScoredCandidate[]> {
    const scored: ScoredCandidate[] = [];
    for (const candidate of pending) scored.push(...(await this.#scoreAll(question, [candidate]).catch(() => [])));
    return scored;
  }

  async #score(question: WeighedQuestion, entity: PresentEntity): Promise<ScoredEntity> {
    const terms = this.#terms.of(entity);
    const vectors = await this.#embedding?.vectors.vectorsOf(passagesOfEntity(entity));
    return scoreEntity(
      question,
      terms.map((passage, index) => ({ terms: passage, vector: vectors?.[index] ?? null })),
    );
  }
}

const noPolicies: PolicyCandidates = { candidates: [], pending: [], pendingUnscored: 0 };

/** Best first; what does not bear on the question at all is left out. */
function ranked(scored: readonly ScoredCandidate[]): readonly ScoredCandidate[] {
  return scored.filter((candidate) => candidate.scored.score > 0).sort(compareCandidates);
}

/** In a context the open tickets are there already; a search ranks all of the account's. */
function ticketCandidates(sources: Sources, request: AskingRequest): readonly Candidate[] {
  if (!request.kinds.includes('ticket')) return [];
  return sources.members
    .filter(({ facets }) => facets.kind === 'ticket' && (request.mode === 'search' || !facets.open))
    .map((entity) => ({ entity, successor: null }));
}

function compareCandidates(a: ScoredCandidate, b: ScoredCandidate): number {
  const [left, right] = [a, b].map(({ entity, scored }) => ({ ref: refOf(entity.key), score: scored.score }));
  return left === undefined || right === undefined ? 0 : compareRanked(left, right);
}

/** The count limits; a search is one ranking over its kinds, a context has its policies before its tickets. */
function cut(
  request: AskingRequest,
  policies: readonly ScoredCandidate[],
  tickets: readonly ScoredCandidate[],
): Pick<Asked, 'found' | 'beyond'> {
  const found = [policies.slice(0, request.limits.policies), tickets.slice(0, request.limits.tickets)];
  const beyond = [misses(policies, request.limits.policies), misses(tickets, request.limits.tickets)].flat();
  const lists = request.mode === 'search' ? [found.flat().sort(compareCandidates)] : found;
  return { found: lists.flatMap((list) => list.map(selected)), beyond: beyond.map(selected) };
}

function misses(ranked: readonly ScoredCandidate[], served: number): readonly ScoredCandidate[] {
  return ranked.slice(served, served + limits.nearestMissesMax);
}

function selected({ entity, successor, scored }: ScoredCandidate, index: number): Selected {
  const { score, lexical, dense } = scored;
  const why = { selected: 'retrieved', rank: index + 1, score, lexical, ...(dense === null ? {} : { dense }) } as const;
  return { entity, why, successor };
}
