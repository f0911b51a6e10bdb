/** Term counts of passages, and a bounded cache of them: a question scores thousands of passages and tokenizes none twice. */
import type { Digest } from '../domain/canonical.js';
import type { EntityKey } from '../domain/entity.js';
import { limits } from '../limits.js';
import type { PassageRules } from './method.js';
import { passagesOfEntity } from './passages.js';
import type { Passage } from './port.js';
import { countTerms, tokenize } from './tokenizer.js';

/** All that the lexical score needs of a passage. */
export interface PassageTerms {
  /** Digest of the text; the key of its vector. */
  readonly hash: Digest;
  /** Terms, with repetitions; those of the title twice. */
  readonly length: number;
  readonly counts: ReadonlyMap<string, number>;
}

/**
 * A title's terms count twice, as if it stood there twice: who wrote it said in it what all of the text is about. The one place that counts:
 * statistics, scorer and every index take lengths and counts from here, so that a score and its bounds agree.
 */
export function termsOf({ text, titleChars, hash }: Passage): PassageTerms {
  const title = titleChars === 0 ? [] : tokenize(text.slice(0, titleChars));
  const terms = [...title, ...tokenize(text)].slice(0, limits.termsMax);
  return { hash, length: terms.length, counts: countTerms(terms) };
}

/** What of an entity is read here: `PresentEntity` has it. */
export interface TextSource {
  readonly key: EntityKey;
  readonly json: string;
  readonly hash: Digest;
}

/**
 * Least recently used entities go first once `limits.passageTermsCachedMax` passages are held. The key is kind and content hash,
 * on which alone the value depends; equal content of two tenants gives equal terms, so nothing passes between them.
 */
export class PassageTermsCache {
  readonly #entries = new Map<string, readonly PassageTerms[]>();
  readonly #rules: PassageRules;
  readonly #passagesMax: number;
  #passages = 0;

  constructor(rules: PassageRules, passagesMax: number = limits.passageTermsCachedMax) {
    this.#rules = rules;
    this.#passagesMax = passagesMax;
  }

  /** Term counts of the entity's passages, in order. */
  of(source: TextSource): readonly PassageTerms[] {
    const name = `${source.key.kind} ${source.hash}`;
    const known = this.#entries.get(name);
    const terms = known ?? passagesOfEntity(this.#rules, source).map(termsOf);
    if (known === undefined) this.#passages += terms.length;
    else this.#entries.delete(name);
    // A Map keeps the order of insertion, so the entry used last is at its end.
    this.#entries.set(name, terms);
    this.#evict();
    return terms;
  }

  get size(): number {
    return this.#passages;
  }

  #evict(): void {
    for (const [name, terms] of this.#entries) {
      // The entry just used stays, however large: evicting it would make the next call compute it again.
      if (this.#passages <= this.#passagesMax || this.#entries.size === 1) return;
      this.#entries.delete(name);
      this.#passages -= terms.length;
    }
  }
}
