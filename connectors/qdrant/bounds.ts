/**
 * What two lists of proposals say: which entities may match, and how well another one can score at most. Pure.
 *
 * A passage that is in neither list is, by each list, no better than that list's last one (its floor); where a list holds all that
 * match by it, such a passage does not match by it at all, and adds 0. A passage without a vector adds 0 by meaning as well, so that
 * part is never below 0. The sparse product is an upper bound of BM25 (`sparse.ts`), and `fuse` rises with both parts: so no passage
 * outside of the lists scores more than `fuse` of the two floors. A passage that is in one list only has its score there, and the other
 * list's floor. An entity scores as its best passage, so one that is left out has no passage better than the larger of what its listed
 * passages can score and what unlisted ones can.
 */
import { type EntityKeyText, entityKeyText, type Ref, refOf } from '../../src/domain/entity.js';
import type { IndexAnswer, IndexHit } from '../../src/retrieval/port.js';
import { compareRanked, fuse, type WeighedQuestion } from '../../src/retrieval/scorer.js';

/** A passage, as one list has it. */
export interface Proposal extends IndexHit {
  /** Of its point. */
  readonly id: string;
  readonly revision: number;
  readonly score: number;
}

export interface Proposals {
  readonly proposals: readonly Proposal[];
  /** What a passage outside of the list scores at most by it; null when none outside matches by it. */
  readonly floor: number | null;
}

export interface Lists {
  /** By meaning; empty for a question without a vector. */
  readonly dense: Proposals;
  readonly terms: Proposals;
}

/** Scores are rounded to 6 decimals before they are compared. */
const ROUNDING = 1e-6;
/** Twice the unit roundoff of single precision, in which Qdrant multiplies and adds. */
const SINGLE = 2 ** -23;

interface Candidate extends IndexHit {
  readonly ref: Ref;
  readonly revision: number;
  /** What it can score at most, by what is listed of it. */
  readonly score: number;
}

/** The hits with the highest ceilings first. */
export function answerOf(question: WeighedQuestion, lists: Lists, limit: number): IndexAnswer {
  const candidates = candidatesOf(question, lists).sort(compareRanked);
  return {
    hits: candidates.slice(0, limit).map(({ key, entityHash }) => ({ key, entityHash })),
    beyond: Math.max(candidates[limit]?.score ?? 0, beyondOf(question, lists)),
  };
}

/** What a passage in neither list scores at most: 0 when there is none that matches. */
export function beyondOf(question: WeighedQuestion, lists: Lists): number {
  return ceilingOf(question, lists, {});
}

/** What a passage with these scores can score at most; one that is absent is not in that list. */
function ceilingOf(
  question: WeighedQuestion,
  lists: Lists,
  listed: { dense?: number | undefined; terms?: number | undefined },
): number {
  const { vector, terms, lexicalMax } = question;
  // n roundings of the sum, and one each of both factors and their product (Higham, "Accuracy and Stability", section 3.1).
  const words = (listed.terms ?? lists.terms.floor ?? 0) * (1 + (terms.length + 4) * SINGLE);
  const lexical = Math.min(lexicalMax, words);
  const most = vector === null ? lexical : fuse(meaningOf(vector, lists, listed.dense), lexical, question);
  return most > 0 ? most + ROUNDING : 0;
}

function meaningOf(vector: Float32Array, { dense }: Lists, score: number | undefined): number {
  const noise = (vector.length + 4) * SINGLE;
  if (score !== undefined) return score + noise;
  return dense.floor === null ? 0 : Math.max(0, dense.floor + noise);
}

function candidatesOf(question: WeighedQuestion, lists: Lists): Candidate[] {
  const dense = new Map(lists.dense.proposals.map(({ id, score }) => [id, score]));
  const terms = new Map(lists.terms.proposals.map(({ id, score }) => [id, score]));
  const best = new Map<EntityKeyText, Candidate>();
  for (const proposal of [...lists.dense.proposals, ...lists.terms.proposals]) {
    const ceiling = ceilingOf(question, lists, { dense: dense.get(proposal.id), terms: terms.get(proposal.id) });
    const name = entityKeyText(proposal.key);
    if (ceiling > 0) best.set(name, joined(best.get(name), proposal, ceiling));
  }
  return [...best.values()];
}

/** Where passages of two revisions are found, the newer one says what the entity is. */
function joined(known: Candidate | undefined, { key, entityHash, revision }: Proposal, ceiling: number): Candidate {
  const score = Math.max(known?.score ?? 0, ceiling);
  if (known !== undefined && known.revision >= revision) return { ...known, score };
  return { key, ref: refOf(key), entityHash, revision, score };
}
