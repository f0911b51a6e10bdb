/**
 * BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009) with the usual k1 and b, and
 * the inverse document frequency that Lucene uses, which is never negative. These few lines are all there is of the formula:
 * the shared scorer and the memory index both call them.
 */
const K1 = 1.2;
const B = 0.75;

/** `ln(1 + (N - df + 0.5) / (df + 0.5))`. A term that no passage has gets df 0. */
export function inverseDocumentFrequency(passages: number, documentFrequency: number): number {
  // A frequency above the count cannot come from one set of passages; the floor keeps the logarithm defined for any input.
  const others = Math.max(0, passages - documentFrequency);
  return Math.log(1 + (others + 0.5) / (documentFrequency + 0.5));
}

/** The most one term can add to a score, as its frequency in the passage grows. A term asked for twice counts twice. */
export function termWeight(idf: number, timesInQuestion: number): number {
  return idf * timesInQuestion * (K1 + 1);
}

/** What a passage's length adds to the denominator. A mean of 0 (no passages) means that lengths say nothing. */
export function lengthNorm(length: number, meanLength: number): number {
  return K1 * (1 - B + B * (meanLength === 0 ? 1 : length / meanLength));
}

/** The share of its weight that a term adds: between 0 and 1. */
export function saturation(timesInPassage: number, norm: number): number {
  return timesInPassage / (timesInPassage + norm);
}
