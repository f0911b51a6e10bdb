/** Where candidates come from: the index and what it may not have yet, or, for a replay, every policy there was. */
import { type PresentEntity, refOf } from '../domain/entity.js';
import { limits } from '../limits.js';
import type { IndexQuery, RetrievalIndex } from '../retrieval/port.js';
import type { AskingRequest, Sources } from './retriever.js';
import { type Successor, servable } from './select.js';

/** An entity that may be served, not yet scored. */
export interface Candidate {
  readonly entity: PresentEntity;
  readonly successor: Successor | null;
}

export interface PolicyCandidates {
  readonly candidates: readonly Candidate[];
  /** Candidates that came from pending marks, and how many marks were beyond the bound. */
  readonly pendingScored: number;
  readonly pendingUnscored: number;
}

export interface CandidateSource {
  /** Policies in force that apply and may bear on the question; none that does bear on it is left out. */
  policies(
    sources: Sources,
    request: AskingRequest,
    query: Pick<IndexQuery, 'terms' | 'vector'>,
  ): Promise<PolicyCandidates>;
}

/** The first page asked of the index: most questions need no second. */
const CANDIDATES_FIRST = 64;

/** Policies the index proposes and the state confirms, and those the index may not have yet. */
export class IndexCandidates implements CandidateSource {
  readonly #index: RetrievalIndex;

  constructor(index: RetrievalIndex) {
    this.#index = index;
  }

  async policies(
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
}

/** Every policy of the set: what a past question is answered from, when no index of that past exists. */
export const everyPolicy: CandidateSource = {
  policies: async (sources) => {
    const found = new Map<string, Candidate>();
    for (const ref of sources.policies.byRef.keys()) confirm(sources, ref, null, found);
    return { candidates: [...found.values()], pendingScored: 0, pendingUnscored: 0 };
  },
};

/** Takes a policy whose content is the state's (`hash` null: whatever the state has), that is in force and applies. */
function confirm(sources: Sources, ref: string, hash: string | null, found: Map<string, Candidate>): void {
  const policy = sources.policies.byRef.get(ref);
  if (policy === undefined || found.has(ref) || (hash !== null && policy.entity.hash !== hash)) return;
  const successor = servable(sources.policies, policy, sources.applicant, sources.atMs);
  if (successor !== undefined) found.set(ref, { entity: policy.entity, successor });
}
