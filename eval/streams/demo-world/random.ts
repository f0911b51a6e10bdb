/** Pinned randomness: the same label always yields the same sequence, whatever else the world contains. */

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer, both ends included. */
  between(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly [T, ...T[]]): T;
}

/** Changing it makes another world, and the digest pinned in the test says so. */
const WORLD_SEED = 0x7_1de_a4c;

/** One independent generator per label, so that an added account does not reshuffle the tickets. */
export function randomFor(label: string): Random {
  const next = mulberry32(WORLD_SEED ^ fnv1a(label));
  const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  return {
    next,
    between,
    chance: (probability) => next() < probability,
    pick: (items) => items[between(0, items.length - 1)] ?? items[0],
  };
}

/** mulberry32 by Tommy Ettinger (2017, public domain): a 32-bit counter with a mixing step; ample for filler text. */
function mulberry32(seed: number): () => number {
  let counter = seed >>> 0;
  return () => {
    counter = (counter + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(counter ^ (counter >>> 15), counter | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** FNV-1a, 32 bit (draft-eastlake-fnv), over UTF-16 units; labels are ASCII. */
function fnv1a(label: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
