/** Where candidates come from: the index and what it may not have yet, or, for a replay, every policy there was. */
import { type PresentEntity, refOf } from '../domain/entity.js';
import { limits } from '../limits.js';
import type { RetrievalIndex } from '../retrieval/port.js';
import type { WeighedQuestion } from '../retrieval/scorer.js';
import type { PolicySet } from '../state/policy-set.js';
import type { Successor } from './in-force.js';
import type { AskingRequest, Sources } from './retriever.js';
import { servable } from './select.js';

/** An entity that may be served, not yet scored. */
export interface Candidate {
  readonly entity: PresentEntity;
  readonly successor: Successor | null;
}

export interface PolicyCandidates {
  readonly candidates: readonly Candidate[];
  /** Candidates that the index may not have as they are, at most `limits.pendingScoredMax`. */
  readonly pending: readonly Candidate[];
  /** How many such candidates there were beyond the bound. */
  readonly pendingUnscored: number;
}

export interface CandidateSource {
  /**
   * Policies in force that apply: among them all that ranking every policy would serve or name as a near miss, except where
   * `pendingUnscored` says that some were not looked at.
   */
  policies(sources: Sources, request: AskingRequest, question: WeighedQuestion): Promise<PolicyCandidates>;
}

/** The first page asked of the index: most questions need no second. */
const PAGE_FIRST = 64;
/** Each page asks for the ones before it again, so it is much larger: two thousand matches are three pages. */
const PAGE_GROWTH = 8;

type Found = Map<string, Candidate>;

/** Policies the index proposes and the state confirms, and those the index may not have yet. */
export class IndexCandidates implements CandidateSource {
  readonly #index: RetrievalIndex;

  constructor(index: RetrievalIndex) {
    this.#index = index;
  }

  async policies(sources: Sources, request: AskingRequest, question: WeighedQuestion): Promise<PolicyCandidates> {
    const { state, policies } = sources;
    const unacknowledged: Found = new Map();
    // Asked for before the search: a mark that is cleared in between is of a policy that the search finds.
    for (const { entity } of await state.pending(request.tenant)) {
      confirm(sources, refOf(entity.key), null, unacknowledged);
    }
    const found = await this.#search(sources, request, question);
    // What has changed since the set was read may be in the index as it is now, and is wanted as it was then.
    const { policies: now } = await state.tenant(request.tenant);
    for (const ref of changedSince(policies, now)) confirm(sources, ref, null, unacknowledged);
    const beside = [...unacknowledged].filter(([ref]) => !found.has(ref)).map(([, candidate]) => candidate);
    const pending = beside.slice(0, limits.pendingScoredMax);
    return { candidates: [...found.values()], pending, pendingUnscored: beside.length - pending.length };
  }

  /** The index keeps the scorer's order, so the first hits that the state confirms are the best of those it holds. */
  async #search(sources: Sources, request: AskingRequest, question: WeighedQuestion): Promise<Found> {
    const scope = { tenant: request.tenant, kind: 'policy' } as const;
    const wanted = request.limits.policies + limits.nearestMissesMax;
    for (let limit = Math.max(PAGE_FIRST, wanted); ; limit *= PAGE_GROWTH) {
      const found: Found = new Map();
      const { hits } = await this.#index.search({ scope, question, limit });
      for (const { key, entityHash } of hits) confirm(sources, refOf(key), entityHash, found);
      if (found.size >= wanted || hits.length < limit) return found;
    }
  }
}

/** Every policy of the set: what a past question is answered from, when no index of that past exists. */
export const everyPolicy: CandidateSource = {
  policies: async (sources) => {
    const found: Found = new Map();
    for (const ref of sources.policies.byRef.keys()) confirm(sources, ref, null, found);
    return { candidates: [...found.values()], pending: [], pendingUnscored: 0 };
  },
};

/** Policies of the set that are no longer what they were. */
function changedSince(set: PolicySet, now: PolicySet): readonly string[] {
  if (now.version === set.version) return [];
  return [...set.byRef]
    .filter(([ref, { entity }]) => now.byRef.get(ref)?.entity.revision !== entity.revision)
    .map(([ref]) => ref);
}

/** Takes a policy whose content is the state's (`hash` null: whatever the state has), that is in force and applies. */
function confirm(sources: Sources, ref: string, hash: string | null, found: Found): void {
  const policy = sources.policies.byRef.get(ref);
  if (policy === undefined || found.has(ref) || (hash !== null && policy.entity.hash !== hash)) return;
  const successor = servable(sources.policies, policy, sources.applicant, sources.atMs);
  if (successor !== undefined) found.set(ref, { entity: policy.entity, successor });
}
