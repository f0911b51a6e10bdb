/** A ranking that is made as far as it is read: of ten thousand tickets twenty are looked at. */
import { compareRanked, type Ranked } from './scorer.js';

/**
 * Those that bear on the question at all, best first, as sorting them by `compareRanked` gives them. A binary heap: one pass over all,
 * and a few comparisons for each that is taken.
 */
export function* bestFirst<T extends Ranked>(scored: readonly T[]): Generator<T, void, undefined> {
  const heap = scored.filter(({ score }) => score > 0);
  for (let at = (heap.length >> 1) - 1; at >= 0; at--) sink(heap, at);
  for (let [best] = heap; best !== undefined; [best] = heap) {
    yield best;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    sink(heap, 0);
  }
}

/** Changes places with the better of the two below it until neither is better. */
function sink<T extends Ranked>(heap: T[], from: number): void {
  const sinking = heap[from];
  let at = from;
  for (let next = betterBelow(heap, at); next !== undefined; next = betterBelow(heap, at)) {
    const below = heap[next];
    if (sinking === undefined || below === undefined || compareRanked(below, sinking) > 0) return;
    heap[at] = below;
    heap[next] = sinking;
    at = next;
  }
}

function betterBelow<T extends Ranked>(heap: readonly T[], at: number): number | undefined {
  const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]];
  if (left === undefined) return undefined;
  return right === undefined || compareRanked(left, right) < 0 ? 2 * at + 1 : 2 * at + 2;
}
