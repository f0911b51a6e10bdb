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
  readonly id: string;
  readonly frequencies: ReadonlyMap<string, number>;
  readonly length: number;
}

export class PlainBm25 {
  readonly #documents: readonly Indexed[];
  readonly #holding = new Map<string, number>();
  readonly #averageLength: number;

  constructor(documents: readonly BaselineDocument[]) {
    this.#documents = documents.map(({ id, text }) => {
      const found = wordsOf(text);
      return { id, frequencies: tally(found), length: found.length };
    });
    for (const { frequencies } of this.#documents) {
      for (const word of frequencies.keys()) this.#holding.set(word, (this.#holding.get(word) ?? 0) + 1);
    }
    this.#averageLength = this.#documents.reduce((sum, { length }) => sum + length, 0) / this.#documents.length;
  }

  /** Ids of the best `limit` documents, best first; ties by id. Documents that share no word with the question are not among them. */
  rank(question: string, limit: number): string[] {
    const asked = tally(wordsOf(question));
    return this.#documents
      .map((document) => ({ id: document.id, score: this.#score(document, asked) }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
      .slice(0, limit)
      .map(({ id }) => id);
  }

  #score({ frequencies, length }: Indexed, asked: ReadonlyMap<string, number>): number {
    let score = 0;
    for (const [word, times] of asked) {
      const tf = frequencies.get(word) ?? 0;
      const n = this.#holding.get(word) ?? 0;
      const idf = Math.log(1 + (this.#documents.length - n + 0.5) / (n + 0.5));
      score += (times * idf * tf * 2.2) / (tf + 1.2 * (0.25 + (0.75 * length) / this.#averageLength));
    }
    return score;
  }
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
}

function tally(found: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of found) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
