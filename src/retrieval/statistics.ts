/**
 * What BM25 knows about a tenant: how many passages its policies have, how long they are, and how many hold each term. A pure
 * function of those passages, so neither order, batches, pending work nor another tenant can move a score (P5, P7), and a replay
 * computes them again from the policies as of a position. The id names the inputs, not the moment.
 */
import { type Digest, digestOfLines } from '../domain/canonical.js';
import { invariant } from '../errors.js';
import type { PassageRules } from './method.js';
import { termsOf } from './passage-terms.js';
import { characterPassages } from './passages.js';
import type { Passage } from './port.js';
import { tokenizerId } from './tokenizer.js';

/** Immutable. */
export interface Statistics {
  /** Digest of tokenizer, passage rules and the set of (passage id, text hash, length of its title). */
  readonly id: Digest;
  readonly passages: number;
  /** Terms of all passages, with repetitions. */
  readonly totalLength: number;
  /** Passages that hold the term; 0 for one that none holds. */
  documentFrequency(term: string): number;
}

/** Equal to adding the passages, cut by these rules, to a builder in any order. */
export function statisticsOf(passages: Iterable<Passage>, rules: NamedRules = characterPassages): Statistics {
  const builder = new StatisticsBuilder(rules);
  for (const passage of passages) builder.add(passage);
  return builder.current();
}

/** Buckets of the digest: one change hashes a two hundred and fifty-sixth of the passages again, not all of them. */
const BUCKETS = 256;
/** Changed terms kept apart from the table before both are joined: their copy stays under about 0.1 ms. */
const CHANGED_TERMS_MIN = 1_024;

/** The name is all that counting needs of them. */
type NamedRules = Pick<PassageRules, 'id'>;

interface Bucket {
  /** What each passage was counted as, by its id. */
  readonly counted: Map<string, string>;
  digest: Digest | null;
}

/** The statistics of a set of passages that changes. Each passage may be added once and removed with the text it was added with. */
export class StatisticsBuilder {
  readonly #buckets: Bucket[] = Array.from({ length: BUCKETS }, () => ({ counted: new Map(), digest: null }));
  /** Never changed once handed out: a joined table is a new one. */
  #table: ReadonlyMap<string, number> = new Map();
  #changed = new Map<string, number>();
  #passages = 0;
  #totalLength = 0;
  #current: Statistics | null = null;
  readonly #rulesId: string;

  /** `rules`: that the passages are cut by. */
  constructor(rules: NamedRules) {
    this.#rulesId = rules.id;
  }

  add(passage: Passage): void {
    const bucket = this.#bucketOf(passage.id);
    invariant(!bucket.counted.has(passage.id), 'a passage is counted once');
    bucket.counted.set(passage.id, countedAs(passage));
    this.#count(passage, 1);
  }

  remove(passage: Passage): void {
    const bucket = this.#bucketOf(passage.id);
    const isSame = bucket.counted.get(passage.id) === countedAs(passage);
    invariant(isSame, 'a passage is removed with the text it was added with');
    bucket.counted.delete(passage.id);
    this.#count(passage, -1);
  }

  /** The statistics now. Costs a rehash of the buckets that changed since the last call, and nothing when none did. */
  current(): Statistics {
    this.#current ??= this.#snapshot();
    return this.#current;
  }

  #count(passage: Passage, sign: 1 | -1): void {
    const terms = termsOf(passage);
    // What was handed out keeps its own map of changes.
    if (this.#current !== null) this.#changed = new Map(this.#changed);
    this.#current = null;
    this.#bucketOf(passage.id).digest = null;
    this.#passages += sign;
    this.#totalLength += sign * terms.length;
    for (const term of terms.counts.keys()) {
      const known = this.#changed.get(term) ?? this.#table.get(term) ?? 0;
      this.#changed.set(term, known + sign);
    }
  }

  #snapshot(): Statistics {
    if (this.#changed.size > Math.max(CHANGED_TERMS_MIN, this.#table.size / 16)) this.#join();
    const table = this.#table;
    const changed = this.#changed;
    return {
      id: this.#digest(),
      passages: this.#passages,
      totalLength: this.#totalLength,
      documentFrequency: (term) => changed.get(term) ?? table.get(term) ?? 0,
    };
  }

  #join(): void {
    const joined = new Map(this.#table);
    for (const [term, frequency] of this.#changed) {
      if (frequency === 0) joined.delete(term);
      else joined.set(term, frequency);
    }
    this.#table = joined;
    this.#changed = new Map();
  }

  #digest(): Digest {
    const digests = this.#buckets.map((bucket) => {
      bucket.digest ??= digestOfBucket(bucket.counted);
      return bucket.digest;
    });
    return digestOfLines([tokenizerId, this.#rulesId, ...digests]);
  }

  #bucketOf(passageId: string): Bucket {
    const bucket = this.#buckets[bucketNumber(passageId)];
    invariant(bucket !== undefined, 'a bucket number is below the number of buckets');
    return bucket;
  }
}

/** The same text with another title has other counts. */
function countedAs({ hash, titleChars }: Passage): string {
  return `${hash} ${titleChars}`;
}

/** Ids are quoted as JSON strings, because one may hold a newline, which separates the lines. */
function digestOfBucket(counted: ReadonlyMap<string, string>): Digest {
  return digestOfLines(Array.from(counted, ([id, as]) => `${as} ${JSON.stringify(id)}`).sort());
}

/** FNV-1a over UTF-16 units, folded to a byte. Part of the id: with other buckets the same passages would have another name. */
function bucketNumber(passageId: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < passageId.length; i++) hash = Math.imul(hash ^ passageId.charCodeAt(i), 0x01000193);
  return ((hash >>> 24) ^ (hash >>> 16) ^ (hash >>> 8) ^ hash) & 0xff;
}
