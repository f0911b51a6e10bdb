import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EntityKey, entityKeyOf, entityKeyText, namedKey } from './entity.js';
import { kindNames } from './kinds/index.js';

const part = fc.oneof(fc.constantFrom('', '/', ':', '1:a', 'a/ticket/b', '1'), fc.string({ unit: 'binary' }));
const keys: fc.Arbitrary<EntityKey> = fc.record({ tenant: part, kind: fc.constantFrom(...kindNames), id: part });
const same = (a: EntityKey, b: EntityKey) => a.tenant === b.tenant && a.kind === b.kind && a.id === b.id;

describe('the text of a key', () => {
  it('is that of no other key', () => {
    fc.assert(
      fc.property(keys, keys, (a, b) => {
        expect(entityKeyText(a) === entityKeyText(b)).toBe(same(a, b));
      }),
      { numRuns: 1_000 },
    );
  });

  it('is the same whether the key keeps it or not, and tells the key', () => {
    fc.assert(
      fc.property(keys, (key) => {
        const named = namedKey(key);
        expect([entityKeyText(named), entityKeyText(named)]).toEqual([entityKeyText(key), entityKeyText(key)]);
        expect({ ...entityKeyOf(entityKeyText(key)) }).toEqual(key);
        expect(entityKeyText(entityKeyOf(entityKeyText(key)))).toBe(entityKeyText(key));
      }),
    );
  });
});
