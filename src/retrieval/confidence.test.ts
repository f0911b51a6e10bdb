import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { confidenceOf } from './confidence.js';
import { passagesOfTexts } from './contract-kit.js';
import { defaultRanking } from './method.js';
import { termsOf } from './passage-terms.js';
import { scoreEntity, weighQuestion } from './scorer.js';
import { statisticsOf } from './statistics.js';
import { countTerms, tokenize } from './tokenizer.js';

const text = fc
  .array(fc.constantFrom('refund', 'card', 'fee', 'limit'), { minLength: 1 })
  .map((list) => list.join(' '));
const vector = fc.option(fc.constantFrom(Float32Array.of(1, 0), Float32Array.of(0, -1)));

function confidence(asked: string, known: readonly string[], asVector: Float32Array | null): number {
  const passages = passagesOfTexts(known);
  const counts = countTerms(tokenize(asked));
  const question = weighQuestion({ counts, vector: asVector }, statisticsOf(passages), defaultRanking);
  const ofPassage = asVector === null ? null : Float32Array.of(0.6, 0.8);
  const scored = passages.map((passage) => scoreEntity(question, [{ terms: termsOf(passage), vector: ofPassage }]));
  return confidenceOf(question, scored.sort((a, b) => b.score - a.score).slice(0, 10));
}

describe('how sure retrieval is', () => {
  it('lies between 0 and 1, and is 0 where nothing was found', () => {
    expect(confidence('refund', [], null)).toBe(0);
    const between = fc.property(text, fc.array(text), vector, (asked, known, asVector) => {
      const found = confidence(asked, known, asVector);
      expect(found).toBeGreaterThanOrEqual(0);
      expect(found).toBeLessThanOrEqual(1);
    });
    fc.assert(between);
  });

  it('is higher of a question that something is about', () => {
    const known = ['refund within ten days', 'a card is blocked'];
    expect(confidence('refund in ten days', known, null)).toBeGreaterThan(
      confidence('pet insurance days', known, null),
    );
  });
});
