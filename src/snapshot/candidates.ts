/** Where candidates come from: the index and what it may not have yet, or, for a replay, every policy there was. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type PresentEntity, type Ref, refOf } from '../domain/entity.js';
import { limits } from '../limits.js';
import { bestOf } from '../retrieval/best.js';
import type { Likened } from '../retrieval/duplicates.js';
import type { IndexHit, RetrievalIndex } from '../retrieval/port.js';
import type { ScoredEntity, WeighedQuestion } from '../retrieval/scorer.js';
import { isIndexUnavailable } from '../retrieval/unavailable.js';
import type { PolicySet } from '../state/policy-set.js';
import type { StateReader } from '../state/port.js';
import type { Successor } from './in-force.js';
import type { AskingRequest, Sources } from './retriever.js';
import { servable } from './select.js';

/** An entity that may be served. */
export interface Candidate {
  readonly entity: PresentEntity;
  readonly successor: Successor | null;
}

/** By the one scorer. */
export interface ScoredCandidate extends Candidate, ScoredEntity, Likened {
  /** By the reranker; absent where it did not look. */
  readonly reranked?: number;
}

/** What is asked, and how whoever asks scores. */
export interface Asking {
  readonly request: AskingRequest;
  readonly question: WeighedQuestion;
  readonly score: (candidate: Candidate) => Promise<ScoredCandidate>;
  /** Of these, those whose scoring asks no model. */
  readonly read: (candidates: readonly Candidate[]) => Promise<readonly Candidate[]>;
}

/**
 * Policies in force that apply, in no order: among them all that ranking every policy would serve or name as a near miss, except
 * where some were not scored or the index could not be asked.
 */
export interface ScoredPolicies {
  readonly scored: readonly ScoredCandidate[];
  /** Of these, how many are here because the index may not have them as they are; at most `limits.pendingScoredMax`. */
  readonly pendingScored: number;
  /** How many that apply should have been scored and were not. */
  readonly unscored: number;
  /** The index could not be asked. Then there are no policies at all: some of them would pass for the best of them. */
  readonly isUnavailable: boolean;
}

export interface CandidateSource {
  policies(sources: Sources, asking: Asking): Promise<ScoredPolicies>;
}

export const noPolicies: ScoredPolicies = { scored: [], pendingScored: 0, unscored: 0, isUnavailable: false };

/** Which policies of the set that is asked about the index may not have as they are in it. */
export interface Coverage {
  /** Asked before the search: what is covered from then on is of policies that the search finds. */
  lacking(sources: Sources, tenant: string): Promise<Lacking>;
}

export interface Lacking {
  readonly refs: Iterable<Ref>;
  /** Asked after the search: what the index was given meanwhile, and may have instead of what is in the set. */
  since(): Promise<Iterable<Ref>>;
}

/** By the marks of the state, of the index that they are for. `state`: as it is when it is asked, and not as a snapshot has read it. */
export function markedCoverage(state: Pick<StateReader, 'pendingKeys' | 'tenant'>): Coverage {
  return {
    lacking: async ({ policies }, tenant) => ({
      refs: (await state.pendingKeys(tenant)).map(refOf),
      // What has changed since the set was read may be in the index as it is now, and is wanted as it was then.
      since: async () => changedSince(policies, (await state.tenant(tenant)).policies),
    }),
  };
}

/** Policies the index proposes and the state confirms, and those the index may not have yet. */
export class IndexCandidates implements CandidateSource {
  readonly #index: RetrievalIndex;
  readonly #coverage: Coverage;

  constructor(index: RetrievalIndex, coverage: Coverage) {
    this.#index = index;
    this.#coverage = coverage;
  }

  async policies(sources: Sources, asking: Asking): Promise<ScoredPolicies> {
    try {
      return await this.#ask(sources, asking);
    } catch (error) {
      if (isIndexUnavailable(error)) return unavailableIndex.policies(sources, asking);
      throw error;
    }
  }

  async #ask(sources: Sources, asking: Asking): Promise<ScoredPolicies> {
    const { question, request } = asking;
    const lacking = await this.#coverage.lacking(sources, request.tenant);
    const unacknowledged = new Set<Ref>(lacking.refs);
    const scope = { tenant: request.tenant, kind: 'policy' } as const;
    const count = request.limits.policies + limits.nearestMissesMax;
    const { found, isComplete } = await bestOf(this.#index, { scope, question, count }, async (hit) => {
      const candidate = confirmed(sources, hit);
      return candidate === undefined ? undefined : asking.score(candidate);
    });
    for (const ref of await lacking.since()) unacknowledged.add(ref);
    const beside = [...unacknowledged].flatMap((ref) => (found.has(ref) ? [] : (candidateOf(sources, ref) ?? [])));
    const pending = await scoredOf(await withinReach(beside.slice(0, limits.pendingScoredMax), asking), asking);
    const scored = [...found.values(), ...pending];
    const all = isComplete ? found.size + beside.length : servableCount(sources);
    return { scored, pendingScored: pending.length, unscored: all - scored.length, isUnavailable: false };
  }
}

/** Every policy of the set: what a past question is answered from, when no index of that past exists. */
export const everyPolicy: CandidateSource = {
  policies: async (sources, { score }) => {
    const scored: ScoredCandidate[] = [];
    for (const ref of sources.policies.byRef.keys()) {
      const candidate = candidateOf(sources, ref);
      if (candidate === undefined) continue;
      await betweenSlices(scored.length);
      scored.push(await score(candidate));
    }
    return { ...noPolicies, scored };
  },
};

/** What an answer gets while the index cannot be asked, and its replay with it. */
export const unavailableIndex: CandidateSource = {
  policies: async () => ({ ...noPolicies, isUnavailable: true }),
};

/** A few are read to the model by whoever asks; of a backlog, which takes it minutes, only what it has read already. */
async function withinReach(pending: readonly Candidate[], { read }: Asking): Promise<readonly Candidate[]> {
  return pending.length <= limits.pendingEmbeddedMax ? pending : read(pending);
}

/** One that the embedder refuses is why it may be pending: it counts as unscored and does not take every answer with it. */
async function scoredOf(candidates: readonly Candidate[], { score }: Asking): Promise<readonly ScoredCandidate[]> {
  const scored: ScoredCandidate[] = [];
  for (const [before, candidate] of candidates.entries()) {
    await betweenSlices(before);
    const one = await score(candidate).catch(() => undefined);
    if (one !== undefined) scored.push(one);
  }
  return scored;
}

/** Others have their turn: nothing else waits where all is in memory, and thousands would be read and scored in one. */
async function betweenSlices(scored: number): Promise<void> {
  if (scored > 0 && scored % limits.scoredSliceCandidates === 0) await nextTurn();
}

/** Policies of the set that are no longer what they were. */
export function changedSince(set: PolicySet, now: PolicySet): readonly Ref[] {
  if (now.version === set.version) return [];
  return [...set.byRef]
    .filter(([ref, { entity }]) => now.byRef.get(ref)?.entity.revision !== entity.revision)
    .map(([, { entity }]) => refOf(entity.key));
}

/** Of all of the set, also those that bear on nothing: which these are is not known. */
function servableCount(sources: Sources): number {
  return [...sources.policies.byRef.keys()].filter((ref) => candidateOf(sources, ref) !== undefined).length;
}

/** A policy that is still what the index has seen. */
function confirmed(sources: Sources, { key, entityHash }: IndexHit): Candidate | undefined {
  const ref = refOf(key);
  return sources.policies.byRef.get(ref)?.entity.hash === entityHash ? candidateOf(sources, ref) : undefined;
}

/** A policy of the set that is in force and applies. */
function candidateOf(sources: Sources, ref: string): Candidate | undefined {
  const policy = sources.policies.byRef.get(ref);
  const successor = policy && servable(sources.policies, policy, sources.applicant, sources.atMs);
  return policy === undefined || successor === undefined ? undefined : { entity: policy.entity, successor };
}
