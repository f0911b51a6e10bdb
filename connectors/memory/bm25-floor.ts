/** What a passage must have at least to be among the best. */
import { NOBODY } from './bm25-passages.js';

export interface ScoredPassages {
  /** Passages with a score, each once. */
  readonly passages: Int32Array;
  /** By passage number. */
  readonly scores: Float64Array;
  /** Entity of each passage; those of one entity are neighbours. */
  readonly owners: Int32Array;
}

/**
 * The score of the entity in place `limit`, when each counts by its best passage; minus infinity when there are not so many. Every
 * score may still grow, and so may this one: it is a lower bound of what it will be.
 */
export function floorOf({ passages, scores, owners }: ScoredPassages, limit: number): number {
  const heap = new LowestFirst(limit);
  for (const passage of passages) {
    const score = scores[passage] ?? 0;
    if (score > heap.lowest && isBestOfOwner(passage, scores, owners)) heap.add(score);
  }
  return heap.lowest;
}

/** Of equal passages of an entity the first is the best, so that each entity counts once. */
function isBestOfOwner(passage: number, scores: Float64Array, owners: Int32Array): boolean {
  const owner = owners[passage];
  if (owner === undefined || owner === NOBODY) return false;
  const score = scores[passage] ?? 0;
  for (let at = passage - 1; owners[at] === owner; at--) if ((scores[at] ?? 0) >= score) return false;
  for (let at = passage + 1; owners[at] === owner; at++) if ((scores[at] ?? 0) > score) return false;
  return true;
}

/** The greatest numbers of many: a binary heap with the least of them at its root. */
export class LowestFirst {
  /** Only a number above this one gets in. */
  lowest: number;
  readonly #room: number;
  readonly #heap: number[] = [];

  constructor(room: number) {
    this.#room = room;
    this.lowest = room === 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }

  add(value: number): void {
    const heap = this.#heap;
    if (heap.length < this.#room) {
      heap.push(value);
      if (heap.length === this.#room) this.#fill();
      return;
    }
    heap[0] = value;
    this.#sink(0);
    this.lowest = heap[0] ?? this.lowest;
  }

  /** An ascending array is a heap. */
  #fill(): void {
    this.#heap.sort((a, b) => a - b);
    this.lowest = this.#heap[0] ?? this.lowest;
  }

  #sink(from: number): void {
    const heap = this.#heap;
    const value = heap[from] ?? 0;
    let at = from;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const child = right < heap.length && (heap[right] ?? 0) < (heap[left] ?? 0) ? right : left;
      const below = heap[child] ?? 0;
      if (below >= value) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = value;
  }
}
