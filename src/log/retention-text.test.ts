import { describe, expect, it } from 'vitest';
import { parseRetention } from './retention-text.js';

const topics = ['support.tickets', 'copilot.context'];
const parse = (text: string) => parseRetention(text, topics);

describe('retention as text', () => {
  it('is an age, a size or both, by topic', () => {
    const { retentionOf, faults } = parse(' support.tickets = 90d, 50GiB ; copilot.context=36h;');
    expect(faults).toEqual([]);
    expect([...retentionOf]).toEqual([
      ['support.tickets', { ageMs: 90 * 86_400_000, bytes: 50 * 2 ** 30 }],
      ['copilot.context', { ageMs: 36 * 3_600_000, bytes: null }],
    ]);
    expect(parse('').retentionOf.size).toBe(0);
  });

  it('tells every fault at once', () => {
    const text = 'tickets=90d;support.tickets=90;copilot.context=1d;copilot.context=2d';
    expect(parse(text).faults).toEqual([
      'names no topic of this service: tickets',
      'needs an age (90d, 12h, 30m), a size (50GiB) or both for support.tickets',
      'names copilot.context twice',
    ]);
  });

  it.each(['0d', '-1d', '1.5d', '90 d', '9e9d', '1d,2d', '1GiB,2GiB', '9999999999TiB', '1y', '', '1d=2', 'd', '1GB'])(
    'takes no %j for a bound',
    (bound) => {
      expect(parse(`support.tickets=${bound}`)).toMatchObject({ faults: [expect.stringContaining('support.tickets')] });
    },
  );
});
