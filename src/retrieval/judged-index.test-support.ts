/** An index beside what it was told, so that what it answers can be held against what the scorer makes of the same. */
import { type Ref, refOf } from '../domain/entity.js';
import { invariant } from '../errors.js';
import { bestOf } from './best.js';
import { termsOf } from './passage-terms.js';
import type { IndexAnswer, IndexHit, IndexQuery, IndexScope, IndexWrite, RetrievalIndex } from './port.js';
import { compareRanked, type Ranked, scoreEntity, type WeighedQuestion } from './scorer.js';

/** What is present of one tenant and kind, scored. */
export function scoredByScorer(writes: readonly IndexWrite[], question: WeighedQuestion): Ranked[] {
  const present = new Map<Ref, IndexWrite>();
  for (const write of writes) {
    const ref = refOf(write.key);
    if (write.revision > (present.get(ref)?.revision ?? Number.NEGATIVE_INFINITY)) present.set(ref, write);
  }
  return [...present].map(([ref, { passages, vectors }]) => {
    const scorable = passages.map((passage, i) => ({ terms: termsOf(passage), vector: vectors[i] ?? null }));
    return { ref, score: scoreEntity(question, scorable).score };
  });
}

/** What the scorer makes of the present entities, without any index. */
export function rankedByScorer(writes: readonly IndexWrite[], { question, limit }: IndexQuery): Ref[] {
  const scored = scoredByScorer(writes, question).filter(({ score }) => score > 0);
  return scored
    .sort(compareRanked)
    .slice(0, limit)
    .map(({ ref }) => ref);
}

export class JudgedIndex {
  readonly #index: RetrievalIndex;
  readonly #applied: IndexWrite[] = [];

  constructor(index: RetrievalIndex) {
    this.#index = index;
  }

  async apply(writes: readonly IndexWrite[]): Promise<void> {
    await this.#index.apply(writes);
    this.#applied.push(...writes);
  }

  count(tenant: string): Promise<number> {
    return this.#index.count(tenant);
  }

  search(query: IndexQuery): Promise<IndexAnswer> {
    return this.#index.search(query);
  }

  /** Ids of the best that match, as whoever asks finds them. Throws at a hit that is out of scope or not as it was last written. */
  async best({ scope, question, limit }: IndexQuery): Promise<string[]> {
    const scores = new Map(scoredByScorer(this.#within(scope), question).map((one) => [one.ref, one]));
    const score = async (hit: IndexHit) => {
      this.#assertCurrent(scope, hit);
      const ranked = scores.get(refOf(hit.key));
      return ranked && { ...ranked, id: hit.key.id };
    };
    const { found } = await bestOf(this.#index, { scope, question, count: limit }, score);
    const matching = [...found.values()].filter((one) => one.score > 0).sort(compareRanked);
    return matching.slice(0, limit).map(({ id }) => id);
  }

  /** In what the answer breaks the promises of the port; empty when in nothing. */
  async broken(query: IndexQuery): Promise<readonly string[]> {
    const { hits, beyond, beyondRef } = await this.#index.search(query);
    for (const hit of hits) this.#assertCurrent(query.scope, hit);
    const found = new Set(hits.map(({ key }) => refOf(key)));
    const faults: string[] = [];
    if (hits.length > query.limit) faults.push(`${hits.length} hits, more than ${query.limit}`);
    if (found.size < hits.length) faults.push('an entity is among the hits twice');
    for (const left of scoredByScorer(this.#within(query.scope), query.question)) {
      if (found.has(left.ref) || left.score <= 0) continue;
      if (left.score > beyond) faults.push(`${left.ref} scores ${left.score} and was left out beyond ${beyond}`);
      const isAfter = beyondRef === undefined || compareRanked(left, { ref: beyondRef, score: beyond }) > 0;
      if (!isAfter && left.score === beyond) faults.push(`${left.ref} was left out and comes before ${beyondRef}`);
    }
    return faults;
  }

  #within({ tenant, kind }: IndexScope): readonly IndexWrite[] {
    return this.#applied.filter(({ key }) => key.tenant === tenant && key.kind === kind);
  }

  #assertCurrent(scope: IndexScope, { key, entityHash }: IndexHit): void {
    const written = this.#within(scope).filter(({ key: { id } }) => id === key.id);
    const newest = written.reduce<IndexWrite | undefined>(
      (best, write) => (best === undefined || write.revision > best.revision ? write : best),
      undefined,
    );
    invariant(key.tenant === scope.tenant && key.kind === scope.kind, 'a hit is of the scope that was asked');
    invariant(newest?.entityHash === entityHash, 'a hit is of an entity as it was last written');
  }
}
