/** Retrieval for a snapshot: candidates that the state confirms, scored and ranked by the one scorer. */
import { refOf } from '../domain/entity.js';
import { limits } from '../limits.js';
import { vectorOf } from '../retrieval/asked-vector.js';
import { bestFirst } from '../retrieval/best-first.js';
import { confidenceOf } from '../retrieval/confidence.js';
import { weighConversation } from '../retrieval/conversation.js';
import { type Folded, fold } from '../retrieval/duplicates.js';
import { joinedStatistics } from '../retrieval/joined-statistics.js';
import type { RetrievalMethod } from '../retrieval/method.js';
import { PassageTermsCache } from '../retrieval/passage-terms.js';
import { passagesOfEntity } from '../retrieval/passages.js';
import type { Passage } from '../retrieval/port.js';
import { rankingIdOf } from '../retrieval/reranker.js';
import { compareRanked, type Question, scoreEntity, type WeighedQuestion, weighQuestion } from '../retrieval/scorer.js';
import type { VectorCache } from '../retrieval/vector-cache.js';
import { AccountTickets, type TicketSet } from './account-tickets.js';
import {
  type Candidate,
  type CandidateSource,
  noPolicies,
  type ScoredCandidate,
  unavailableIndex,
} from './candidates.js';
import { likenessOf } from './likeness.js';
import type { RetrievalFacts } from './manifest.js';
import { PolicyStatistics } from './policy-statistics.js';
import { compareReranked, reranked } from './reranked.js';
import type { Asked, AskingRequest, Retriever, Sources } from './retriever.js';
import type { Selected } from './select.js';

/** How a question is answered, and from what. */
export interface RankingParts {
  readonly method: RetrievalMethod;
  /** Of the method's embedder; null where it has none. */
  readonly vectors: VectorCache | null;
  /** Of the index that the candidates come from, or would have come from. */
  readonly generation: string;
  /** Of the method's passages, where somebody counts ahead of the questions. */
  readonly statistics?: PolicyStatistics;
}

export class RankingRetriever implements Retriever {
  readonly identity: Retriever['identity'];
  readonly #candidates: CandidateSource;
  readonly #parts: RankingParts;
  readonly #statistics: PolicyStatistics;
  readonly #terms: PassageTermsCache;
  readonly #tickets: AccountTickets;

  constructor(parts: RankingParts, candidates: CandidateSource) {
    const { method, generation, statistics } = parts;
    this.#candidates = candidates;
    this.#parts = parts;
    this.#statistics = statistics ?? new PolicyStatistics(method.passages);
    this.#terms = new PassageTermsCache(method.passages);
    this.#tickets = new AccountTickets({ rules: method.passages, terms: this.#terms, vectors: parts.vectors });
    this.identity = { embedder: method.embedder?.identity ?? null, generation, ranking: rankingIdOf(method) };
  }

  async retrieve(sources: Sources, request: AskingRequest): Promise<Asked> {
    const { method, vectors } = this.#parts;
    const statistics = await this.#statistics.inTurns(request.tenant, sources.policies);
    const { counts, texts } = weighConversation(request.question, request.history ?? [], method.ranking.turns);
    const vector = vectors === null ? null : await vectorOf(texts, vectors, method.passages);
    const asked: Question = { counts, vector };
    const question = weighQuestion(asked, statistics, method.ranking);
    const score = (candidate: Candidate) => this.#score(question, candidate);
    const read = (candidates: readonly Candidate[]) => this.#read(candidates);
    const policies = request.kinds.includes('policy')
      ? await this.#candidates.policies(sources, { request, question, score, read })
      : noPolicies;
    const tickets = await this.#tickets.of(sources, request);
    // No index knows of tickets: words weigh by how rare they are among them and the policies together.
    const ofTickets = weighQuestion(asked, joinedStatistics(statistics, tickets.counts), method.ranking);
    const ranked = {
      policies: rankedOf(bestFirst(policies.scored), request.limits.policies),
      tickets: rankedOf(bestTickets(tickets, ofTickets), request.limits.tickets),
    };
    const best = [...ranked.policies.kept, ...ranked.tickets.kept].sort(compareRanked);
    const retrieval: RetrievalFacts = {
      statistics: statistics.id,
      pendingScored: policies.pendingScored,
      pendingUnscored: policies.unscored,
      // By what the best was weighed by: a word that no policy has may be in every ticket.
      confidence: confidenceOf(best[0]?.entity.key.kind === 'ticket' ? ofTickets : question, best),
      ...(policies.isUnavailable ? { unavailable: true } : {}),
    };
    const served = {
      policies: await this.#served(request, ranked.policies),
      tickets: await this.#served(request, ranked.tickets),
    };
    return { ...cut(request, served), retrieval };
  }

  withoutIndex(): Retriever {
    return new RankingRetriever(this.#parts, unavailableIndex);
  }

  async #served(request: AskingRequest, ranked: Folded<ScoredCandidate>): Promise<Folded<ScoredCandidate>> {
    return { ...ranked, kept: await reranked(request, ranked.kept, this.#parts.method) };
  }

  /** Those that have all their vectors in memory, or on record. */
  async #read(candidates: readonly Candidate[]): Promise<readonly Candidate[]> {
    const { vectors } = this.#parts;
    if (vectors === null) return candidates;
    // Of a backlog mostly none has: its terms are counted once it is scored.
    const hashedOf = ({ entity }: Candidate): readonly Pick<Passage, 'hash'>[] =>
      this.#statistics.passagesOf(entity) ?? this.#terms.of(entity);
    const all = candidates.map((candidate) => ({ candidate, passages: hashedOf(candidate) }));
    await vectors.recall(all.flatMap(({ passages }) => passages));
    return all.filter(({ passages }) => vectors.known(passages) !== undefined).map(({ candidate }) => candidate);
  }

  async #score(question: WeighedQuestion, candidate: Candidate): Promise<ScoredCandidate> {
    const { entity } = candidate;
    const known = this.#terms.of(entity);
    // Passages are cut, and hashed, only where a text has no vector yet.
    const { vectors: cache, method } = this.#parts;
    const vectors = cache?.known(known) ?? (await cache?.vectorsOf(passagesOfEntity(method.passages, entity)));
    const passages = known.map((terms, index) => ({ terms, vector: vectors?.[index] ?? null }));
    const likeness = () => likenessOf(candidate, known);
    return { ...candidate, likeness, ref: refOf(entity.key), ...scoreEntity(question, passages) };
  }
}

/** Best first; what does not bear on the question at all is left out. Of those that nobody reads no more than the score is made. */
function* bestTickets({ tickets }: TicketSet, question: WeighedQuestion): Generator<ScoredCandidate> {
  const scored = tickets.map((ticket) => {
    const { score } = scoreEntity(question, ticket.passages);
    return { ref: ticket.ref, score, ticket };
  });
  for (const { ref, ticket } of bestFirst(scored)) {
    const candidate = { entity: ticket.entity, successor: null };
    const likeness = () =>
      likenessOf(
        candidate,
        ticket.passages.map(({ terms }) => terms),
      );
    yield { ...candidate, likeness, ref, ...scoreEntity(question, ticket.passages) };
  }
}

/** Those served and the nearest misses, each like no other. */
function rankedOf(ranked: Iterable<ScoredCandidate>, served: number): Folded<ScoredCandidate> {
  return fold(ranked, served + limits.nearestMissesMax);
}

type Ranking = Readonly<Record<'policies' | 'tickets', Folded<ScoredCandidate>>>;

/** The count limits; a search is one ranking over its kinds, a context has its policies before its tickets. */
function cut({ mode, limits: served }: AskingRequest, { policies, tickets }: Ranking): Omit<Asked, 'retrieval'> {
  const found = [policies.kept.slice(0, served.policies), tickets.kept.slice(0, served.tickets)];
  const beyond = [...policies.kept.slice(served.policies), ...tickets.kept.slice(served.tickets)];
  const duplicates = [...policies.duplicates, ...tickets.duplicates];
  const lists = mode === 'search' ? [found.flat().sort(compareReranked)] : found;
  return {
    found: lists.flatMap((list) => list.map(selected)),
    beyond: beyond.map(selected),
    duplicates: duplicates.map(({ one, of }) => ({ entity: one.entity, of: of.ref })),
  };
}

function selected(found: ScoredCandidate, index: number): Selected {
  const { entity, successor, score, lexical, dense, reranked } = found;
  const more = { ...(dense === null ? {} : { dense }), ...(reranked === undefined ? {} : { reranked }) };
  const why = { selected: 'retrieved', rank: index + 1, score, lexical, ...more } as const;
  return { entity, why, successor };
}
