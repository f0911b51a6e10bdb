/** An index that promises as little as the port allows: few hits in any order, loose bounds, and more of it in larger pages. */
import { refOf } from '../domain/entity.js';
import { scoredByScorer } from './judged-index.test-support.js';
import type { IndexAnswer, IndexHit, IndexQuery, IndexWrite, RetrievalIndex } from './port.js';
import { compareRanked } from './scorer.js';

/** Pages from this limit on leave nothing out. */
const WHOLE_PAGE = 4_096;

export class SloppyIndex implements RetrievalIndex {
  readonly generation = 'test';
  readonly isDurable = false;
  readonly #random: () => number;
  readonly #writes: IndexWrite[] = [];
  searches = 0;

  /** `random`: from 0 to less than 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  async apply(writes: readonly IndexWrite[]): Promise<void> {
    this.#writes.push(...writes);
  }

  async count(tenant: string): Promise<number> {
    return this.#present(tenant).reduce((sum, { passages }) => sum + passages.length, 0);
  }

  async search({ scope, question, limit }: IndexQuery): Promise<IndexAnswer> {
    this.searches += 1;
    const present = this.#present(scope.tenant).filter(({ key }) => key.kind === scope.kind);
    const ranked = scoredByScorer(present, question).sort(compareRanked);
    const isWhole = limit >= WHOLE_PAGE;
    const shown = isWhole ? ranked.length : Math.floor(this.#random() * Math.min(ranked.length, limit / 4));
    // Some of the best are missing, and some of those that do not match at all are there.
    const chosen = new Set(isWhole ? ranked : ranked.filter(() => this.#random() < 0.7).slice(0, shown));
    const left = ranked.find((one) => !chosen.has(one));
    const beyond = left === undefined || left.score <= 0 ? 0 : left.score * (1 + Math.floor(this.#random() * 2));
    const refs = new Set([...chosen].map(({ ref }) => ref));
    const hits = present
      .filter(({ key }) => refs.has(refOf(key)))
      .flatMap(({ key, entityHash }): IndexHit[] => (entityHash === null ? [] : [{ key, entityHash }]));
    return { hits: this.#shuffled(hits).slice(0, limit), beyond };
  }

  #present(tenant: string): readonly IndexWrite[] {
    const newest = new Map<string, IndexWrite>();
    for (const write of this.#writes) {
      const ref = refOf(write.key);
      const isOlder = write.revision <= (newest.get(ref)?.revision ?? Number.NEGATIVE_INFINITY);
      if (write.key.tenant === tenant && !isOlder) newest.set(ref, write);
    }
    return [...newest.values()].filter(({ entityHash }) => entityHash !== null);
  }

  #shuffled(hits: readonly IndexHit[]): readonly IndexHit[] {
    return hits
      .map((hit) => ({ hit, at: this.#random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ hit }) => hit);
  }
}

/** Numbers from 0 to less than 1 that look random: a linear congruential generator (Numerical Recipes, 2007). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
