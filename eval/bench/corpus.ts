/**
 * Passages for measuring retrieval, the same at every run: 30 to 50 words each, drawn from 50,000 by Zipf's law, as words of real
 * text are. Questions are drawn from the same law, so most hold a word that nearly every passage has.
 */
import { digestOf } from '../../src/domain/canonical.js';
import type { IndexWrite, Passage } from '../../src/retrieval/port.js';
import { type Statistics, statisticsOf } from '../../src/retrieval/statistics.js';
import { type Random, seeded } from '../random.js';

const WORDS = 50_000;

export interface BenchPassage {
  readonly id: string;
  readonly text: string;
}

export function benchPassages(count: number): readonly BenchPassage[] {
  const random = seeded(1);
  const word = zipfWords(random);
  return Array.from({ length: count }, (_, n) => {
    const length = random.between(30, 50);
    return { id: `P-${n}`, text: Array.from({ length }, word).join(' ') };
  });
}

export function benchQuestions(count: number, terms = 6): readonly string[] {
  const word = zipfWords(seeded(2));
  return Array.from({ length: count }, () => Array.from({ length: terms }, word).join(' '));
}

/** Words that no tokenizer stems, folds or drops. */
function zipfWords(random: Random): () => string {
  const upTo = new Float64Array(WORDS);
  let sum = 0;
  for (let rank = 0; rank < WORDS; rank++) {
    sum += 1 / (rank + 1);
    upTo[rank] = sum;
  }
  return () => `w${firstAbove(upTo, random.within(0, sum)).toString(36)}q`;
}

function firstAbove(ascending: Float64Array, value: number): number {
  let [low, high] = [0, ascending.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Vectors of length 1 in random directions: nothing is near anything, which is the hardest case for quantisation. */
export function benchVectors(count: number, dimensions: number, seed: number): readonly Float32Array[] {
  const random = seeded(seed);
  return Array.from({ length: count }, () => {
    const vector = Float32Array.from({ length: dimensions }, () => gaussian(random));
    const length = Math.sqrt(vector.reduce((squares, value) => squares + value * value, 0));
    return vector.map((value) => value / length);
  });
}

/** Box and Muller, "A Note on the Generation of Random Normal Deviates", 1958. */
function gaussian({ next }: Random): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

export function indexWriteOf(tenant: string, { id, text }: BenchPassage, vector?: Float32Array): IndexWrite {
  const hash = digestOf(text);
  return {
    key: { tenant, kind: 'policy', id },
    entityHash: hash,
    revision: 1,
    passages: [passageOf(id, text)],
    vectors: vector === undefined ? [] : [vector],
  };
}

export function benchStatistics(passages: readonly BenchPassage[]): Statistics {
  return statisticsOf(passages.map(({ id, text }) => passageOf(id, text)));
}

function passageOf(id: string, text: string): Passage {
  return { id: `policy/${id}#0`, text, titleChars: 0, hash: digestOf(text) };
}
