/** The best few of many, without sorting the rest. */
import { compareRanked, type Ranked } from '../../src/retrieval/scorer.js';

/**
 * The `limit` best of the ranked, best first: a binary heap whose root is the worst of those kept. Ties are settled as everywhere,
 * so what is cut does not depend on the order of arrival.
 */
export class Top<T extends Ranked> {
  readonly #limit: number;
  readonly #heap: T[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** A score below this one cannot get in any more. */
  get floor(): number {
    return this.#heap.length < this.#limit
      ? Number.NEGATIVE_INFINITY
      : (this.#heap[0]?.score ?? Number.POSITIVE_INFINITY);
  }

  offer(item: T): void {
    const heap = this.#heap;
    if (heap.length < this.#limit) {
      heap.push(item);
      this.#rise(heap.length - 1);
      return;
    }
    const worst = heap[0];
    if (worst === undefined || compareRanked(item, worst) >= 0) return;
    heap[0] = item;
    this.#sink(0);
  }

  ranked(): T[] {
    return [...this.#heap].sort(compareRanked);
  }

  #rise(from: number): void {
    let at = from;
    while (at > 0 && this.#isWorse(at, (at - 1) >> 1)) {
      this.#swap(at, (at - 1) >> 1);
      at = (at - 1) >> 1;
    }
  }

  #sink(from: number): void {
    let at = from;
    for (;;) {
      let worst = at;
      for (const child of [2 * at + 1, 2 * at + 2]) if (this.#isWorse(child, worst)) worst = child;
      if (worst === at) return;
      this.#swap(at, worst);
      at = worst;
    }
  }

  #isWorse(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    return one !== undefined && other !== undefined && compareRanked(one, other) > 0;
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    if (one === undefined || other === undefined) return;
    this.#heap[a] = other;
    this.#heap[b] = one;
  }
}
