/**
 * The passages of one kind of one tenant. Candidates are ordered by the scorer's own formula with the weights of the question, so
 * an entity's place depends on its own passages and on no other's: neither on what else the corpus holds, nor on how it came to
 * hold it. Equal scores are settled by reference, as the scorer does.
 */
import type { Digest } from '../../src/domain/canonical.js';
import { type EntityKey, type Ref, refOf } from '../../src/domain/entity.js';
import { invariant } from '../../src/errors.js';
import { termsOf } from '../../src/retrieval/passage-terms.js';
import type { IndexAnswer, IndexHit, IndexQuery, IndexWrite } from '../../src/retrieval/port.js';
import { fuse, roundScore, type WeighedQuestion } from '../../src/retrieval/scorer.js';
import { NOBODY, PassageTable } from './bm25-passages.js';
import { Postings } from './bm25-postings.js';
import { Bm25Scan, ROUNDING } from './bm25-scan.js';
import { Top } from './bm25-top.js';
import type { VectorArena } from './vector-arena.js';
import { DenseScan, type PassageRange } from './vector-scan.js';

/** Taken-out passages are bearable until they are a quarter; below this many nothing is gained by compacting. */
const DEAD_MIN = 256;

/** An entity that was written once; kept when deleted, so that a late write does not bring it back. */
interface Known {
  readonly key: EntityKey;
  revision: number;
  hash: Digest | null;
  /** Its passages have consecutive numbers. */
  firstPassage: number;
  passageCount: number;
}

interface Candidate extends IndexHit {
  readonly ref: Ref;
  readonly score: number;
}

export class Corpus {
  readonly #entities: Known[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #postings = new Postings();
  readonly #passages = new PassageTable();
  readonly #scan = new Bm25Scan(this.#passages, this.#postings);
  readonly #dense: DenseScan;

  constructor(arena: VectorArena) {
    this.#dense = new DenseScan(arena);
  }

  get passageCount(): number {
    return this.#passages.liveCount;
  }

  apply(write: IndexWrite): void {
    invariant(
      write.vectors.length === 0 || write.vectors.length === write.passages.length,
      'an indexed entity has a vector for each passage or none',
    );
    // Asked before anything changes: half a write would pass for a whole one when it is tried again.
    invariant(this.#passages.takes(write.vectors), 'vectors of one index have one dimension');
    const number = this.#numberOf(write.key);
    const known = this.#entity(number);
    if (write.revision <= known.revision) return;
    this.#takeOut(known);
    known.revision = write.revision;
    known.hash = write.entityHash;
    if (write.entityHash !== null) this.#put(number, known, write);
    this.#compactIfDue();
    this.#dense.follow(this.#passages);
  }

  /** The hits are in the scorer's order, so what is left out comes after the last of them. */
  search({ question, limit }: IndexQuery): IndexAnswer {
    const { dimensions } = this.#passages;
    const { vector } = question;
    const isOfOneDimension = vector === null || dimensions === 0 || vector.length === dimensions;
    invariant(isOfOneDimension, 'vectors of one index have one dimension');
    const top = new Top<Candidate>(limit);
    if (vector === null) {
      for (const passage of this.#scan.best(question, limit)) this.#offer(passage, question, top);
    } else {
      this.#scan.all(question);
      const rescore = (passage: number) => this.#offerExact(this.#passages.owners[passage] ?? NOBODY, question, top);
      if (this.#dense.covers(this.#passages)) {
        const asked = { vector, fusedBy: question, lexical: this.#scan.scores };
        this.#dense.search(asked, this.#passages.owners, { limit, floor: () => top.floor, rescore });
      } else for (let number = 0; number < this.#entities.length; number++) this.#offerExact(number, question, top);
    }
    this.#scan.clear();
    const ranked = top.ranked();
    const hits = ranked.map(({ key, entityHash }) => ({ key, entityHash }));
    if (hits.length < limit) return { hits, beyond: 0 };
    const last = ranked.at(-1);
    // One that is asked for nothing has looked at nothing.
    if (last === undefined) return { hits, beyond: Number.POSITIVE_INFINITY };
    return { hits, beyond: last.score, beyondRef: last.ref };
  }

  /** Offers the entity of a passage with its best score, once: taking the scores leaves zeros behind. */
  #offer(passage: number, question: WeighedQuestion, top: Top<Candidate>): void {
    const { scores } = this.#scan;
    const owner = this.#passages.owners[passage] ?? NOBODY;
    // A passage that cannot get in is left before its entity is looked at; a better one of the same entity comes by itself.
    if (owner === NOBODY || (scores[passage] ?? 0) < Math.max(Number.MIN_VALUE, top.floor - 2 * ROUNDING)) return;
    const known = this.#entity(owner);
    let best = 0;
    for (let at = known.firstPassage; at < known.firstPassage + known.passageCount; at++) {
      best = Math.max(best, this.#scan.rounded(question, at));
      scores[at] = 0;
    }
    offerCandidate(known, best, top);
  }

  /** Offers the entity by words and vectors, with the scorer's arithmetic. Returns its passages. */
  #offerExact(number: number, question: WeighedQuestion, top: Top<Candidate>): PassageRange {
    const { vector } = question;
    const known = this.#entity(number);
    const { scores } = this.#scan;
    const end = known.firstPassage + known.passageCount;
    let best = Number.NEGATIVE_INFINITY;
    for (let at = known.firstPassage; at < end && vector !== null; at++) {
      best = Math.max(best, fuse(this.#passages.dot(at, vector), scores[at] ?? 0, question));
    }
    offerCandidate(known, best, top);
    return { first: known.firstPassage, end };
  }

  #numberOf(key: EntityKey): number {
    const found = this.#numbers.get(key.id);
    if (found !== undefined) return found;
    const unseen = {
      revision: Number.NEGATIVE_INFINITY,
      hash: null,
      firstPassage: 0,
      passageCount: 0,
    };
    const number = this.#entities.push({ key, ...unseen }) - 1;
    this.#numbers.set(key.id, number);
    return number;
  }

  #entity(number: number): Known {
    const known = this.#entities[number];
    invariant(known !== undefined, 'a passage belongs to an entity');
    return known;
  }

  #takeOut(known: Known): void {
    for (let i = 0; i < known.passageCount; i++) this.#passages.remove(known.firstPassage + i);
    known.passageCount = 0;
  }

  #put(number: number, known: Known, write: IndexWrite): void {
    known.firstPassage = this.#passages.count;
    known.passageCount = write.passages.length;
    for (const [i, passage] of write.passages.entries()) {
      const terms = termsOf(passage);
      const at = this.#passages.add(number, terms.length, write.vectors[i] ?? null);
      for (const [term, count] of terms.counts) this.#postings.add(term, at, count);
    }
  }

  #compactIfDue(): void {
    const dead = this.#passages.count - this.#passages.liveCount;
    if (dead < DEAD_MIN || dead * 4 < this.#passages.count) return;
    const numbers = this.#passages.compact();
    for (const known of this.#entities) {
      if (known.passageCount > 0) known.firstPassage = numbers[known.firstPassage] ?? NOBODY;
    }
    this.#postings.renumber(numbers);
    this.#dense.renumber(numbers);
  }
}

function offerCandidate(known: Known, best: number, top: Top<Candidate>): void {
  // Before rounding: a candidate without passages has a best of minus infinity.
  if (known.hash === null || best <= 0) return;
  const score = roundScore(best);
  if (score === 0 || score < top.floor) return;
  top.offer({ key: known.key, ref: refOf(known.key), entityHash: known.hash, score });
}
