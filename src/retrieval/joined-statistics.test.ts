import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../domain/canonical.js';
import { countPassages, joinedStatistics } from './joined-statistics.js';
import { termsOf } from './passage-terms.js';
import type { Passage } from './port.js';
import { statisticsOf } from './statistics.js';

const words = fc.array(fc.constantFrom('card', 'lost', 'refund', 'late', 'top', 'up'), { minLength: 1, maxLength: 8 });

function passagesOf(texts: readonly (readonly string[])[], prefix: 'policy' | 'ticket'): Passage[] {
  return texts.map(
    (text, at): Passage => ({
      id: `${prefix}/${at}#0`,
      text: text.join(' '),
      titleChars: 0,
      hash: digestOf(text.join(' ')),
    }),
  );
}

describe('statistics of policies with the tickets of an account beside them', () => {
  it('are those of all passages together, whatever their order', () => {
    fc.assert(
      fc.property(fc.array(words), fc.array(words), (policies, tickets) => {
        const [own, beside] = [passagesOf(policies, 'policy'), passagesOf(tickets, 'ticket')];
        const joined = joinedStatistics(statisticsOf(own), countPassages(beside.map(termsOf).reverse()));
        const whole = statisticsOf([...own, ...beside]);
        expect([joined.passages, joined.totalLength]).toEqual([whole.passages, whole.totalLength]);
        for (const { text } of [...own, ...beside]) {
          for (const term of termsOf({ id: 'ticket/x#0', text, titleChars: 0, hash: digestOf(text) }).counts.keys()) {
            expect(joined.documentFrequency(term)).toBe(whole.documentFrequency(term));
          }
        }
      }),
    );
  });

  it('are those of the policies where there are no tickets', () => {
    const statistics = statisticsOf(passagesOf([['card', 'lost']], 'policy'));
    const joined = joinedStatistics(statistics, countPassages([]));
    expect([joined.id, joined.passages, joined.documentFrequency('card')]).toEqual([statistics.id, 1, 1]);
  });
});
