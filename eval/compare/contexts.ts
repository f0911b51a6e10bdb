/** Two contexts of one question: what entered, what left, what moved. */
import type { Ref } from '../../src/domain/entity.js';
import type { QuestionReport } from '../harness/types.js';
import type { ContextChange, Place, RefChange, Side } from './types.js';

/** Null: both got the same content, whatever the scores that led to it. */
export function changeOf(a: QuestionReport, b: QuestionReport): ContextChange | null {
  if (a.content === b.content) return null;
  const { id, text, history, atMs } = b;
  return { id, text, history, atMs, a: sideOf(a), b: sideOf(b), refs: refChangesOf(a, b) };
}

function sideOf({ snapshot, content, metrics, findings, confidence, refused }: QuestionReport): Side {
  return { snapshot, content, metrics, findings, confidence, ...(refused === undefined ? {} : { refused }) };
}

export function refChangesOf(a: QuestionReport, b: QuestionReport): readonly RefChange[] {
  const [inA, inB] = [contextOf(a), contextOf(b)];
  const relevant = b.relevant ?? a.relevant ?? {};
  const changes = [...new Set([...inA.keys(), ...inB.keys()])].map((ref) => {
    const [before, after] = [inA.get(ref) ?? null, inB.get(ref) ?? null];
    return {
      ref,
      kind: kindOf(before?.place ?? null, after?.place ?? null),
      valueChanged: before !== null && after !== null && before.hash !== after.hash,
      a: before?.place ?? null,
      b: after?.place ?? null,
      gain: Object.hasOwn(relevant, ref) ? (relevant[ref] ?? null) : null,
    };
  });
  // What was not retrieved is there whatever was asked, and stands first.
  return changes.sort((one, other) => bestRank(one) - bestRank(other) || compared(one.ref, other.ref));
}

interface Held {
  readonly hash: string;
  readonly place: Place;
}

/** Everything that was released, by reference: what was folded into an item is in the ranking alone. */
function contextOf({ ranking, items }: QuestionReport): ReadonlyMap<Ref, Held> {
  const held = new Map<Ref, Held>(items.map(({ ref, hash }) => [ref, { hash, place: { rank: null, score: null } }]));
  let rank = 0;
  for (const { ref, score, lexical, dense } of ranking) {
    const { hash } = held.get(ref) ?? {};
    if (hash !== undefined) held.set(ref, { hash, place: { rank: ++rank, score: { score, lexical, dense } } });
  }
  return held;
}

function kindOf(a: Place | null, b: Place | null): RefChange['kind'] {
  if (a === null) return 'entered';
  if (b === null) return 'left';
  return a.rank === b.rank ? 'kept' : 'moved';
}

function bestRank({ a, b }: RefChange): number {
  return Math.min(...[a, b].flatMap((place) => (place === null ? [] : [place.rank ?? 0])));
}

function compared(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
