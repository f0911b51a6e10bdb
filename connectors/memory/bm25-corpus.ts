/**
 * The passages of one kind of one tenant. Candidates are ordered by the scorer's own formula with the weights of the question, so
 * an entity's place depends on its own passages and on no other's: neither on what else the corpus holds, nor on how it came to
 * hold it. Equal scores are settled by reference, as the scorer does.
 */
import type { Digest } from '../../src/domain/canonical.js';
import { type EntityKey, type Ref, refOf } from '../../src/domain/entity.js';
import { invariant } from '../../src/errors.js';
import { saturation } from '../../src/retrieval/bm25.js';
import { termsOf } from '../../src/retrieval/passage-terms.js';
import type { IndexHit, IndexQuery, IndexWrite } from '../../src/retrieval/port.js';
import { fuse, roundScore, type WeighedQuestion } from '../../src/retrieval/scorer.js';
import { NOBODY, PassageTable } from './bm25-passages.js';
import { Postings } from './bm25-postings.js';
import { Top } from './bm25-top.js';

/** Taken-out passages are bearable until they are a quarter; below this many nothing is gained by compacting. */
const DEAD_MIN = 256;
/** More than rounding to 6 decimals can add to a score. */
const ROUNDING = 1e-6;

/** An entity that was written once; kept when deleted, so that a late write does not bring it back. */
interface Known {
  readonly key: EntityKey;
  readonly ref: Ref;
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
  /** BM25 of each passage during a search; all zeros between searches. */
  #scores = new Float64Array(0);
  /** Passages with a score, in the order they got it. */
  #touched = new Int32Array(0);

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
  }

  search(query: IndexQuery): IndexHit[] {
    const { dimensions } = this.#passages;
    const { vector, lexicalMax } = query.question;
    const isOfOneDimension = vector === null || dimensions === 0 || vector.length === dimensions;
    invariant(isOfOneDimension, 'vectors of one index have one dimension');
    const touchedCount = this.#scoreLexically(query.question);
    const top = new Top<Candidate>(query.limit);
    if (vector === null) {
      for (let i = 0; i < touchedCount; i++) this.#offer(this.#touched[i] ?? 0, top);
    } else {
      this.#offerAll(vector, lexicalMax, top);
    }
    this.#scores.fill(0);
    return top.ranked().map(({ key, entityHash }) => ({ key, entityHash }));
  }

  /** Fills `#scores` and `#touched`; returns how many passages have a score. */
  #scoreLexically({ terms, meanLength }: WeighedQuestion): number {
    const { owners, lengths } = this.#passages;
    this.#reserveScores();
    const norms = this.#passages.norms(meanLength);
    const [scores, touched] = [this.#scores, this.#touched];
    const { passages, counts } = this.#postings;
    let touchedCount = 0;
    for (const { term, weight } of terms) {
      const slice = this.#postings.sliceOf(term);
      const end = slice === undefined ? 0 : slice.start + slice.length;
      for (let at = slice?.start ?? 0; at < end; at++) {
        const passage = passages[at] ?? 0;
        if (owners[passage] === NOBODY) continue;
        const before = scores[passage] ?? 0;
        if (before === 0) touched[touchedCount++] = passage;
        scores[passage] = before + weight * saturation(counts[at] ?? 0, norms[lengths[passage] ?? 0] ?? 0);
      }
    }
    return touchedCount;
  }

  /** Offers the entity of a passage with its best score, once: taking the scores leaves zeros behind. */
  #offer(passage: number, top: Top<Candidate>): void {
    // A passage that cannot get in is left before its entity is looked at; a better one of the same entity comes by itself.
    if ((this.#scores[passage] ?? 0) < Math.max(Number.MIN_VALUE, top.floor - ROUNDING)) return;
    const known = this.#entity(this.#passages.owners[passage] ?? NOBODY);
    let best = 0;
    for (let at = known.firstPassage; at < known.firstPassage + known.passageCount; at++) {
      best = Math.max(best, this.#scores[at] ?? 0);
      this.#scores[at] = 0;
    }
    offerCandidate(known, best, top);
  }

  /** With vectors every passage has a score: an exact scan, which below some 100,000 passages needs no approximation. */
  #offerAll(vector: Float32Array, lexicalMax: number, top: Top<Candidate>): void {
    for (const known of this.#entities) {
      let best = Number.NEGATIVE_INFINITY;
      for (let at = known.firstPassage; at < known.firstPassage + known.passageCount; at++) {
        best = Math.max(best, fuse(this.#passages.dot(at, vector), this.#scores[at] ?? 0, lexicalMax));
      }
      offerCandidate(known, best, top);
    }
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
    const number = this.#entities.push({ key, ref: refOf(key), ...unseen }) - 1;
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
  }

  #reserveScores(): void {
    if (this.#scores.length >= this.#passages.count) return;
    this.#scores = new Float64Array(this.#passages.owners.length);
    this.#touched = new Int32Array(this.#passages.owners.length);
  }
}

function offerCandidate(known: Known, best: number, top: Top<Candidate>): void {
  // Before rounding: a candidate without passages has a best of minus infinity.
  if (known.hash === null || best <= 0) return;
  const score = roundScore(best);
  if (score === 0 || score < top.floor) return;
  top.offer({ key: known.key, ref: known.ref, entityHash: known.hash, score });
}
