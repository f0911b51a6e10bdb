import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PresentEntity } from '../domain/entity.js';
import { entity } from './contract-kit.js';
import { PolicySet } from './policy-set.js';

function policy(id: string, more: { readonly offset?: number; readonly title?: string } = {}): PresentEntity {
  const made = entity('policy', id, {
    offset: more.offset ?? 0,
    data: { title: more.title ?? 'Refunds', policyId: `of ${id}` },
  });
  if (made.status !== 'present') throw new Error('made present');
  return made;
}

describe('the digest of a policy set', () => {
  it('does not depend on the order or the version of the set', () => {
    const names = fc.uniqueArray(fc.string({ unit: 'binary', minLength: 1 }).filter((id) => id.isWellFormed()));
    fc.assert(
      fc.property(names, fc.nat(), (ids, version) => {
        const policies = ids.map((id) => policy(id));
        expect(new PolicySet(version, policies.toReversed()).digest).toBe(new PolicySet(0, policies).digest);
      }),
    );
  });

  it('moves with a reference, a content or a position', () => {
    const sets = [
      [],
      [policy('P-1')],
      [policy('P-2')],
      [policy('P-1', { title: 'Returns' })],
      [policy('P-1', { offset: 1 })],
      [policy('P-1'), policy('P-2')],
      [policy('P-1\n"policy/P-2"')],
    ];
    expect(new Set(sets.map((policies) => new PolicySet(0, policies).digest)).size).toBe(sets.length);
  });
});

describe('a policy set', () => {
  it('groups the versions of one policy, and holds nothing but policies', () => {
    const set = new PolicySet(0, [policy('P-1'), policy('P-2')]);
    expect(set.versionsOf('of P-1').map(({ facets }) => facets.id)).toEqual(['P-1']);
    expect(set.versionsOf('of P-3')).toEqual([]);
    expect(set.versionsOf('__proto__')).toEqual([]);
  });
});
