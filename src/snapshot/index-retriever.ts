/** Retrieval for a snapshot: candidates from the index and from what is pending, verified against the state, scored by one scorer. */
import { type PresentEntity, refOf } from '../domain/entity.js';
import { limits } from '../limits.js';
import type { Embedder } from '../retrieval/embedder.js';
import { PassageTermsCache } from '../retrieval/passage-terms.js';
import { passagesOfEntity } from '../retrieval/passages.js';
import type { IndexQuery, RetrievalIndex } from '../retrieval/port.js';
import {
  compareRanked,
  type ScoredEntity,
  scoreEntity,
  type WeighedQuestion,
  weighQuestion,
} from '../retrieval/scorer.js';
import { tokenize } from '../retrieval/tokenizer.js';
import type { VectorCache } from '../retrieval/vector-cache.js';
import type { RetrievalFacts } from './manifest.js';
import { PolicyStatistics } from './policy-statistics.js';
import type { Asked, AskingRequest, Retriever, Sources } from './retriever.js';
import { type Selected, type Successor, servable } from './select.js';

/** An entity that may be served, not yet scored. */
interface Candidate {
  readonly entity: PresentEntity;
  readonly successor: Successor | null;
}

interface ScoredCandidate extends Candidate {
  readonly scored: ScoredEntity;
}

/** The first page asked of the index: most questions need no second. */
const CANDIDATES_FIRST = 64;

export class IndexRetriever implements Retriever {
  readonly identity: Retriever['identity'];
  readonly #index: RetrievalIndex;
  readonly #embedding: { readonly embedder: Embedder; readonly vectors: VectorCache } | null;
  readonly #statistics = new PolicyStatistics();
  readonly #terms = new PassageTermsCache();

  constructor(index: RetrievalIndex, embedding: { readonly embedder: Embedder; readonly vectors: VectorCache } | null) {
    this.#index = index;
    this.#embedding = embedding;
    this.identity = { generation: index.generation, embedder: embedding?.embedder.identity ?? null };
  }

  async retrieve(sources: Sources, request: AskingRequest): Promise<Asked> {
    const statistics = this.#statistics.of(request.tenant, sources.policies);
    const terms = tokenize(request.question);
    const [vector] = (await this.#embedding?.embedder.embed([request.question])) ?? [];
    const question = weighQuestion({ terms, vector: vector ?? null }, statistics);
    const query = { terms, vector: vector ?? null };
    const policies = request.kinds.includes('policy') ? await this.#policies(sources, request, query) : noPolicies;
    const rankedPolicies = await this.#rank(question, policies.candidates);
    const rankedTickets = await this.#rank(question, ticketCandidates(sources, request));
    const { pendingScored, pendingUnscored } = policies;
    const retrieval: RetrievalFacts = { statistics: statistics.id, pendingScored, pendingUnscored };
    return { ...cut(request, rankedPolicies, rankedTickets), retrieval };
  }

  /** Policies the index proposes and the state confirms, and those the index may not have yet. */
  async #policies(
    sources: Sources,
    request: AskingRequest,
    query: Pick<IndexQuery, 'terms' | 'vector'>,
  ): Promise<PolicyCandidates> {
    const marks = (await sources.state.pending(request.tenant)).filter(({ entity }) => entity.key.kind === 'policy');
    const found = new Map<string, Candidate>();
    for (const { entity } of marks.slice(0, limits.pendingScoredMax)) confirm(sources, refOf(entity.key), null, found);
    const pendingScored = found.size;
    for (let limit = CANDIDATES_FIRST; ; limit *= 2) {
      const scope = { tenant: request.tenant, kind: 'policy', accountId: null } as const;
      const hits = await this.#index.search({ scope, ...query, limit });
      for (const { key, entityHash } of hits) confirm(sources, refOf(key), entityHash, found);
      // Enough for what is served and for the nearest misses, so that neither depends on how the index pages.
      const enough = found.size - pendingScored >= request.limits.policies + limits.nearestMissesMax;
      if (enough || hits.length < limit || limit >= limits.candidatesMax) break;
    }
    const pendingUnscored = Math.max(0, marks.length - limits.pendingScoredMax);
    return { candidates: [...found.values()], pendingScored, pendingUnscored };
  }

  /** Best first; what does not bear on the question at all is left out. */
  async #rank(question: WeighedQuestion, candidates: readonly Candidate[]): Promise<readonly ScoredCandidate[]> {
    const scored: ScoredCandidate[] = [];
    for (const candidate of candidates) {
      const entry = { ...candidate, scored: await this.#score(question, candidate.entity) };
      if (entry.scored.score > 0) scored.push(entry);
    }
    return scored.sort(compareCandidates);
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

interface PolicyCandidates {
  readonly candidates: readonly Candidate[];
  readonly pendingScored: number;
  readonly pendingUnscored: number;
}

const noPolicies: PolicyCandidates = { candidates: [], pendingScored: 0, pendingUnscored: 0 };

/** Takes a policy whose content is the state's (`hash` null: whatever the state has), that is in force and applies. */
function confirm(sources: Sources, ref: string, hash: string | null, found: Map<string, Candidate>): void {
  const policy = sources.policies.byRef.get(ref);
  if (policy === undefined || found.has(ref) || (hash !== null && policy.entity.hash !== hash)) return;
  const successor = servable(sources.policies, policy, sources.applicant, sources.atMs);
  if (successor !== undefined) found.set(ref, { entity: policy.entity, successor });
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
