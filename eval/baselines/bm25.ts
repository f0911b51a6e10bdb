/**
 * Plain BM25 to be compared with: lower-cased runs of ASCII letters and digits, nothing stemmed or dropped, whole documents,
 * k1 1.2, b 0.75, every occurrence of a word in the question counted. It shares no code with the service's ranking, so that a
 * mistake there cannot hide here.
 */
export interface BaselineDocument {
  readonly id: string;
  readonly text: string;
}

interface Indexed {
  readonly frequencies: ReadonlyMap<string, number>;
  readonly length: number;
}

/** A word of a question: how often it is asked, times its inverse document frequency. */
interface Asked {
  readonly word: string;
  readonly weight: number;
}

/** Documents may come and go; what is ranked is what a new one of the documents that are there would rank, to the bit. */
export class PlainBm25 {
  readonly #documents = new Map<string, Indexed>();
  readonly #holding = new Map<string, number>();
  #length = 0;

  constructor(documents: Iterable<BaselineDocument> = []) {
    for (const document of documents) this.add(document);
  }

  /** In place of the one with its id. */
  add({ id, text }: BaselineDocument): void {
    this.remove(id);
    const found = wordsOf(text);
    const indexed = { frequencies: tally(found), length: found.length };
    for (const word of indexed.frequencies.keys()) this.#holding.set(word, (this.#holding.get(word) ?? 0) + 1);
    this.#documents.set(id, indexed);
    this.#length += indexed.length;
  }

  remove(id: string): void {
    const known = this.#documents.get(id);
    if (known === undefined) return;
    this.#documents.delete(id);
    this.#length -= known.length;
    for (const word of known.frequencies.keys()) {
      const left = (this.#holding.get(word) ?? 0) - 1;
      if (left > 0) this.#holding.set(word, left);
      else this.#holding.delete(word);
    }
  }

  /** Ids of the best `limit` documents, best first; ties by id. Documents that share no word with the question are not among them. */
  rank(question: string, limit: number): string[] {
    return this.scored(question)
      .slice(0, limit)
      .map(({ id }) => id);
  }

  scored(question: string): { readonly id: string; readonly score: number }[] {
    const asked = Array.from(tally(wordsOf(question)), ([word, times]): Asked => {
      const n = this.#holding.get(word) ?? 0;
      return { word, weight: times * Math.log(1 + (this.#documents.size - n + 0.5) / (n + 0.5)) };
    });
    const averageLength = this.#length / this.#documents.size;
    return Array.from(this.#documents, ([id, document]) => ({ id, score: scoreOf(document, asked, averageLength) }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
  }
}

function scoreOf({ frequencies, length }: Indexed, asked: readonly Asked[], averageLength: number): number {
  let score = 0;
  for (const { word, weight } of asked) {
    const tf = frequencies.get(word);
    if (tf === undefined) continue;
    score += (weight * tf * 2.2) / (tf + 1.2 * (0.25 + (0.75 * length) / averageLength));
  }
  return score;
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
}

function tally(found: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of found) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
