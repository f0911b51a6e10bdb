import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../limits.js';
import { kindredOf } from './kindred-words.js';

describe('other forms of a word', () => {
  it.each([
    ['cancelled', ['cancel', 'cancelling', 'canceled', 'cancellation']],
    ['cancel', ['cancelled', 'cancellation']],
    ['verify', ['verified', 'verifying', 'verification']],
    ['verification', ['verify', 'verified']],
    ['charge', ['charged', 'charging', 'charger']],
    ['transferring', ['transfer', 'transferred']],
    ['activate', ['active', 'activation', 'activating', 'activity']],
  ])('of %s are among those made', (word, forms) => {
    expect(kindredOf(word)).toEqual(expect.arrayContaining(forms));
  });

  it('are none of a word whose beginning is too short to mean anything', () => {
    expect(kindredOf('ion')).toEqual([]);
    expect(kindredOf('rate')).not.toContain('ration');
  });

  it('are none of a word with anything but letters a to z', () => {
    expect(['v1.2', '1000', 'größe', '帰る', ''].map(kindredOf)).toEqual([[], [], [], [], []]);
  });

  it('are each there once, begin as the word does, are not the word, and always the same', () => {
    const word = fc.stringMatching(/^[a-z]{1,12}$/);
    fc.assert(
      fc.property(word, (asked) => {
        const forms = kindredOf(asked);
        expect(new Set(forms).size).toBe(forms.length);
        expect(forms).not.toContain(asked);
        // A beginning has four letters at least, of which the last may have been doubled.
        expect(forms.filter((form) => form.slice(0, 3) !== asked.slice(0, 3))).toEqual([]);
        expect(kindredOf(asked)).toEqual(forms);
      }),
    );
  });

  it('are the same after so many other words that they are made anew', () => {
    const before = kindredOf('refund');
    const digits = (n: number) => n.toString().replace(/[0-9]/g, (digit) => String.fromCharCode(97 + Number(digit)));
    for (let n = 0; n <= limits.kindredKnownMax; n++) kindredOf(`ab${digits(n)}`);
    expect(kindredOf('refund')).toEqual(before);
  });
});
