import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { limits } from '../limits.js';
import { defaultRanking } from './method.js';
import { termsOf } from './passage-terms.js';
import { passage, passageSet, textOfWords } from './passages.test-support.js';
import {
  compareRanked,
  fuse,
  roundScore,
  type ScorablePassage,
  type ScoredEntity,
  scoreEntity,
  weighQuestion,
} from './scorer.js';
import { statisticsOf } from './statistics.js';
import { countTerms, tokenize } from './tokenizer.js';

function scorable(text: string, vector: readonly number[] | null = null): ScorablePassage {
  return { terms: termsOf(passage('P', 0, text)), vector: vector === null ? null : Float32Array.from(vector) };
}

const corpus = statisticsOf([
  passage('A', 0, 'refund card'),
  passage('B', 0, 'card fee loan rate'),
  passage('C', 0, 'branch'),
]);

function score(
  question: string,
  passages: readonly ScorablePassage[],
  vector: readonly number[] | null = null,
): ScoredEntity {
  const asked = { counts: countTerms(tokenize(question)), vector: vector === null ? null : Float32Array.from(vector) };
  return scoreEntity(weighQuestion(asked, corpus, defaultRanking), passages);
}

describe('scorer', () => {
  it('gives the BM25 worked out by hand', () => {
    // N 3, df 1, mean length 7/3, tf 1, length 2: ln(1 + 2.5/1.5) * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 2 / (7/3)))
    expect(score('refund', [scorable('refund card')])).toEqual({ score: 1.041708, lexical: 1.041708, dense: null });
  });

  it('counts a term as often as the question has it', () => {
    const once = score('refund', [scorable('refund card')]).score;
    expect(score('refund refunds', [scorable('refund card')]).score).toBeCloseTo(2 * once, 5);
  });

  it('counts a word of asking for half of what another word of its rarity counts', () => {
    const asked = weighQuestion({ counts: countTerms(['help', 'unheard']), vector: null }, corpus, defaultRanking);
    const [help, unheard] = asked.terms;
    expect(help?.weight).toBe((unheard?.weight ?? 0) / 2);
  });

  it('finds another form of a word for a fifth of its weight, and no form that no passage of the statistics holds', () => {
    const asked = weighQuestion({ counts: countTerms(['refunded']), vector: null }, corpus, defaultRanking);
    const weightOf = (df: number) => Math.log(1 + (3 - df + 0.5) / (df + 0.5)) * 2.2;
    // "refunded" is in no passage, and rarer than "refund", which is in one: the smaller weight counts.
    expect(asked.terms).toEqual([
      { term: 'refund', weight: 0.2 * weightOf(1) },
      { term: 'refunded', weight: weightOf(0) },
    ]);
    expect(score('refunded', [scorable('refund')]).score).toBeGreaterThan(0);
  });

  it('weighs a form that is asked for as well by both', () => {
    const weightsOf = (terms: string[]) =>
      weighQuestion({ counts: countTerms(terms), vector: null }, corpus, defaultRanking).terms;
    const [alone] = weightsOf(['refund']);
    const [form] = weightsOf(['refunded']);
    const [both] = weightsOf(['refunded', 'refund']);
    expect(both?.weight).toBe((alone?.weight ?? 0) + (form?.weight ?? 0));
  });

  it('takes the best passage, not the sum', () => {
    const best = score('refund', [scorable('refund card')]).score;
    expect(score('refund', [scorable('branch'), scorable('refund card'), scorable('refund card fee')]).score).toBe(
      best,
    );
  });

  it('scores a term that the statistics do not know as the rarest', () => {
    expect(score('unheard', [scorable('unheard')]).score).toBeGreaterThan(score('refund', [scorable('refund')]).score);
  });

  it('gives 0 without a match, without passages and without terms', () => {
    const none = { score: 0, lexical: 0, dense: null };
    expect([score('loan', [scorable('branch')]), score('loan', []), score('the', [scorable('loan')])]).toEqual([
      none,
      none,
      none,
    ]);
  });

  it('works for a tenant without a single policy', () => {
    const weighed = weighQuestion({ counts: new Map([['card', 1]]), vector: null }, statisticsOf([]), defaultRanking);
    expect(scoreEntity(weighed, [scorable('card')]).score).toBe(roundScore(Math.LN2));
  });

  it('adds 0.7 of the cosine to 0.3 of BM25 over the length of the question', () => {
    const found = score('refund branch', [scorable('refund card', [0.6, 0.8])], [1, 0]);
    const weight = Math.log(1 + 2.5 / 1.5) * 2.2;
    // Two terms of one weight; the mean length is 7/3.
    const scale = Math.SQRT2 * weight * ((7 / 3 + 10) / (7 / 3));
    expect(found.dense).toBe(0.6);
    expect(found.score).toBeCloseTo(0.7 * 0.6 + (0.3 * 1.041708) / scale, 6);
  });

  it('gives words the same say beside the meaning in a question of 100 terms as in one of 4', () => {
    const shareOf = (terms: number): number => {
      const counts = new Map(Array.from({ length: terms }, (_, i) => [`word${i}`, 1]));
      const { lexicalScale, lexicalMax } = weighQuestion({ counts, vector: null }, corpus, defaultRanking);
      // By chance a passage has of n terms about the square root of n.
      return lexicalMax / Math.sqrt(terms) / lexicalScale;
    };
    expect(shareOf(100)).toBeCloseTo(shareOf(4), 9);
  });

  it('counts a passage that no embedder has seen as unlike the question, and says so', () => {
    expect(score('branch', [scorable('loan')], [1, 0])).toEqual({ score: 0, lexical: 0, dense: null });
  });

  it('refuses vectors of two dimensions', () => {
    expect(() => score('loan', [scorable('loan', [1, 0, 0])], [1, 0])).toThrow('one dimension');
  });

  it('never gives more than the most, and fuses to no more than cosine 1 and the most', () => {
    fc.assert(
      fc.property(passageSet, textOfWords, textOfWords, (set, asked, text) => {
        const weighed = weighQuestion(
          { counts: countTerms(tokenize(asked)), vector: Float32Array.of(1, 0) },
          statisticsOf(set),
          defaultRanking,
        );
        const found = scoreEntity(weighed, [scorable(text, [1, 0])]);
        expect(found.lexical).toBeLessThanOrEqual(weighed.lexicalMax);
        expect(found.score).toBeLessThanOrEqual(roundScore(fuse(1, weighed.lexicalMax, weighed)));
      }),
    );
  });

  it('does not depend on the order of the words asked', () => {
    fc.assert(
      fc.property(passageSet, textOfWords, textOfWords, (set, asked, text) => {
        const scoreOf = (terms: string[]): ScoredEntity =>
          scoreEntity(weighQuestion({ counts: countTerms(terms), vector: null }, statisticsOf(set), defaultRanking), [
            scorable(text),
          ]);
        expect(scoreOf(tokenize(asked).reverse())).toEqual(scoreOf(tokenize(asked)));
      }),
    );
  });

  it('breaks ties by reference, by code unit', () => {
    const ranked = (['policy/b', 'policy/B', 'policy/a', 'policy/é'] as const).map((ref) => ({ ref, score: 1 }));
    const order = [...ranked, { ref: 'policy/z' as const, score: 2 }].sort(compareRanked).map(({ ref }) => ref);
    expect(order).toEqual(['policy/z', 'policy/B', 'policy/a', 'policy/b', 'policy/é']);
  });
});

/** Words that no passage holds; of letters alone, since others have no other forms. */
function unheard(count: number): readonly string[] {
  const lettersOf = (i: number) => i.toString(26).replace(/\d/g, (digit) => 'qrstuvwxyz'.charAt(Number(digit)));
  return Array.from({ length: count }, (_, i) => `heard${lettersOf(i)}x`);
}

describe('a question of many words', () => {
  it('looks for other forms of its heaviest words alone', () => {
    const looked = vi.fn(corpus.documentFrequency);
    const counts = countTerms([...unheard(8 * limits.kindredWordsMax), 'loaned', 'refunded', 'refunded']);
    const { terms } = weighQuestion({ counts, vector: null }, { ...corpus, documentFrequency: looked }, defaultRanking);
    expect(terms.map(({ term }) => term).filter((term) => !counts.has(term))).toEqual(['refund']);
    expect(looked.mock.calls.length).toBeLessThan(counts.size + limits.kindredWordsMax * 100);
  });

  it('scores as the words that a passage holds, and asks for no more than those', () => {
    let asked = 0;
    class Counted extends Map<string, number> {
      override get(term: string): number | undefined {
        asked++;
        return super.get(term);
      }
    }
    const { terms } = scorable('refund card card fee');
    const passages = [{ terms: { ...terms, counts: new Counted(terms.counts) }, vector: null }];
    const short = score('refund fee', passages);
    asked = 0;
    expect(score(`refund fee ${unheard(1_000).join(' ')}`, passages)).toEqual(short);
    expect(asked).toBe(2);
  });
});
