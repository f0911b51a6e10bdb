import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf, type JsonObject } from '../domain/canonical.js';
import { limits } from '../limits.js';
import { PassageTermsCache, type TextSource, termsOf } from './passage-terms.js';
import { characterPassages } from './passages.js';
import { passage, textOfWords } from './passages.test-support.js';

function policy(id: string, body: string): TextSource {
  const json = JSON.stringify({ id, policyId: id, version: '1', title: 'Rule', body });
  return { key: { tenant: 'acme', kind: 'policy', id }, json, hash: digestOf(json) };
}

describe('terms of a passage', () => {
  it('count the title twice, in what it holds of each and in its length', () => {
    const { counts, length } = termsOf(passage('P', 0, 'refund card\ncard fee'));
    expect([Object.fromEntries(counts), length]).toEqual([{ refund: 2, card: 3, fee: 1 }, 6]);
  });

  it('are no more than are indexed, with the title', () => {
    const { counts, length } = termsOf(passage('P', 0, `card\n${'fee '.repeat(limits.termsMax)}`));
    expect([length, counts.get('card')]).toEqual([limits.termsMax, 2]);
  });
});

describe('cache of passage terms', () => {
  it('gives what counting afresh gives, whatever was asked before', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(5), textOfWords), { minLength: 1 }),
        fc.integer({ min: 0, max: 4 }),
        (asked, max) => {
          const cache = new PassageTermsCache(characterPassages, max);
          for (const [id, body] of asked) {
            const source = policy(`P-${id}`, body);
            const fresh = characterPassages.passagesOf(source.key, JSON.parse(source.json) as JsonObject).map(termsOf);
            expect(cache.of(source)).toEqual(fresh);
          }
        },
      ),
    );
  });

  it('counts the same entity once', () => {
    const cache = new PassageTermsCache(characterPassages, 10);
    expect(cache.of(policy('P', 'refund'))).toBe(cache.of(policy('P', 'refund')));
  });

  it('lets go of what was used least recently, and holds no more than its bound', () => {
    const cache = new PassageTermsCache(characterPassages, 2);
    const [a, b] = [cache.of(policy('A', 'refund')), cache.of(policy('B', 'card'))];
    cache.of(policy('A', 'refund'));
    cache.of(policy('C', 'fee'));
    expect(cache.size).toBe(2);
    expect(cache.of(policy('A', 'refund'))).toBe(a);
    expect(cache.of(policy('B', 'card'))).not.toBe(b);
  });
});
