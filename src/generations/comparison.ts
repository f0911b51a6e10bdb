/** What another generation would have released instead: references alone, so that it can be shown to whoever operates the service. */
import { refOf } from '../domain/entity.js';
import type { Assembled } from '../snapshot/assemble.js';
import { contentOf } from '../snapshot/manifest.js';

export interface Moved {
  readonly ref: string;
  /** Counted from 1. */
  readonly from: number;
  readonly to: number;
}

export interface Comparison {
  /** Whether a copilot would have seen the same. */
  readonly isSame: boolean;
  readonly entered: readonly string[];
  readonly left: readonly string[];
  /** Items of both whose places among the items of both differ. */
  readonly moved: readonly Moved[];
  /** How sure each was of what it found; null where one could not ask its index. */
  readonly confidence: { readonly live: number; readonly shadow: number } | null;
}

/** Of two assemblies of one request over one state. */
export function compareAssembled(live: Assembled, other: Assembled): Comparison {
  const [ours, theirs] = [refsOf(live), refsOf(other)];
  const entered = theirs.filter((ref) => !ours.includes(ref));
  const left = ours.filter((ref) => !theirs.includes(ref));
  const [kept, keptThere] = [ours.filter((ref) => theirs.includes(ref)), theirs.filter((ref) => ours.includes(ref))];
  const moved = kept.flatMap((ref, at) => {
    const to = keptThere.indexOf(ref);
    return to === at ? [] : [{ ref, from: ours.indexOf(ref) + 1, to: theirs.indexOf(ref) + 1 }];
  });
  const isSame = contentOf(live.items, null) === contentOf(other.items, null);
  return { isSame, entered, left, moved, confidence: confidenceOf(live, other) };
}

function confidenceOf({ retrieval: ours }: Assembled, { retrieval: theirs }: Assembled): Comparison['confidence'] {
  if (ours === null || theirs === null || ours.unavailable || theirs.unavailable) return null;
  return { live: ours.confidence, shadow: theirs.confidence };
}

function refsOf({ items }: Assembled): readonly string[] {
  return items.map(({ entity }) => refOf(entity.key));
}
