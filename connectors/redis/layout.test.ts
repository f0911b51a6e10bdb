import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeText, encodeText, Layout, ownerText, patternsOf, tagOf } from './layout.js';

const text = fc.string({ unit: 'binary' });

describe('keys in Redis', () => {
  const layout = new Layout('p', 'c1');

  it('hold texts of others encoded, and give them back, half surrogate pairs too', () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.constantFrom('{', '}', ':', '%', '*', '\ud800', '')), (one) => {
        expect(encodeText(one)).toMatch(/^[A-Za-z0-9._%-]*$/);
        expect(decodeText(encodeText(one))).toBe(one);
      }),
    );
  });

  it('are of one slot for all of an account, and of different tags for different accounts', () => {
    const { entities, meta } = layout.account('acme', 'A-1');
    expect(tagOf(entities)).toBe(tagOf(meta));
    fc.assert(
      fc.property(text, text, text, text, (a, b, c, d) => {
        const [one, other] = [layout.account(a, b), layout.account(c, d)];
        expect(one.entities === other.entities).toBe(a === c && b === d);
      }),
    );
  });

  it('are made in a script as they are here', () => {
    const { entities } = layout.account('a:b', 'A}1');
    expect(`${layout.accountsOf('a:b')}${ownerText('A}1').slice(1)}}:e`).toBe(entities);
  });

  it('of other contents are others, and each is found by the patterns of its own', () => {
    const keys = [layout.progress, layout.blockedOf('acme'), layout.account('acme', 'A-1').entities];
    const [control, tagged] = patternsOf('p', 'c1').map((pattern) => pattern.slice(0, -1));
    for (const key of keys) expect(key.startsWith(control ?? ' ') || key.startsWith(tagged ?? ' ')).toBe(true);
    expect(new Layout('p', 'c2').progress).not.toBe(layout.progress);
  });
});
