import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../limits.js';
import { type Turn, weighConversation } from './conversation.js';
import { countTerms, tokenize } from './tokenizer.js';

const weights = { lexicalDecay: 0.5, denseDecay: 0.1, assistantShare: 0.2 };
const turns = fc.array(fc.record({ role: fc.constantFrom<Turn['role']>('user', 'assistant'), text: fc.lorem() }));

describe('a question with what was said before it', () => {
  it('is the question alone where nothing was said', () => {
    const { counts, texts } = weighConversation('refund the refund', [], weights);
    expect(counts).toEqual(countTerms(tokenize('refund the refund')));
    expect(texts).toEqual([{ text: 'refund the refund', weight: 1 }]);
  });

  it('weighs what was asked earlier less with each turn, and an answer by its share of the turn it answers', () => {
    const history: Turn[] = [
      { role: 'user', text: 'card' },
      { role: 'assistant', text: 'limit' },
      { role: 'user', text: 'fee' },
      { role: 'assistant', text: 'loan' },
    ];
    const { counts } = weighConversation('refund', history, weights);
    expect(Object.fromEntries(counts)).toEqual({ refund: 1, loan: 0.1, fee: 0.5, limit: 0.05, card: 0.25 });
  });

  it('embeds nothing that weighs next to nothing', () => {
    const history: Turn[] = [...'abcd'].map((text) => ({ role: 'user', text }));
    const { texts } = weighConversation('refund', history, weights);
    expect(texts.map(({ text }) => text)).toEqual(['refund', 'd', 'c']);
  });

  it('with a decay of 0 is the question alone', () => {
    const none = { lexicalDecay: 0, denseDecay: 0, assistantShare: 1 };
    const same = fc.property(fc.lorem(), turns, (question, history) => {
      expect(weighConversation(question, history, none)).toEqual(weighConversation(question, [], none));
    });
    fc.assert(same);
  });

  it('gives no earlier turn the weight of the question', () => {
    const less = fc.property(turns, (history) => {
      const { texts } = weighConversation('refund', history, weights);
      expect(texts.slice(1).every(({ weight }) => weight > 0 && weight < 1)).toBe(true);
    });
    fc.assert(less);
  });

  it('has no more terms than a question may have: what was said longest ago is left out first', () => {
    const wordsOf = (name: string) =>
      Array.from({ length: limits.termsMax / 2 + 1 }, (_, n) => `${name}${n}`).join(' ');
    const history = ['older', 'newer'].map((name) => ({ role: 'user' as const, text: wordsOf(name) }));
    const { counts } = weighConversation(wordsOf('asked'), history, weights);
    const heads = new Set([...counts.keys()].map((term) => term.replace(/\d+/, '')));
    expect([counts.size, [...heads]]).toEqual([limits.termsMax, ['asked', 'newer']]);
  });
});
