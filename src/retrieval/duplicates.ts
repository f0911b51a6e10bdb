/** What says the same is shown once. Pure: which of them stays depends on the ranking alone. */
import type { Ranked } from './scorer.js';

export interface Likened extends Ranked {
  /** Two of the same likeness say the same. Absent or undefined: like no other. Asked of the best alone, which are few of many. */
  readonly likeness?: () => string | undefined;
}

export interface Duplicate<T> {
  readonly one: T;
  /** What is kept in its place. */
  readonly of: T;
}

export interface Folded<T> {
  /** Each like no other, best first. */
  readonly kept: readonly T[];
  /** What is like one that was kept and ranks before the last of them, best first. */
  readonly duplicates: readonly Duplicate<T>[];
}

/**
 * `ranked`: best first. Looks no further than it takes to keep `countMax`, so that what it finds does not depend on how far down the
 * ranking is known.
 */
export function fold<T extends Likened>(ranked: Iterable<T>, countMax: number): Folded<T> {
  const seen = new Map<string, T>();
  const kept: T[] = [];
  const duplicates: Duplicate<T>[] = [];
  for (const one of ranked) {
    if (kept.length >= countMax) break;
    const likeness = one.likeness?.();
    const of = likeness === undefined ? undefined : seen.get(likeness);
    if (of !== undefined) {
      duplicates.push({ one, of });
      continue;
    }
    if (likeness !== undefined) seen.set(likeness, one);
    kept.push(one);
  }
  return { kept, duplicates };
}
