import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inForce, scheduledSuccessor } from '../domain/force.js';
import { instantText } from '../domain/time.js';
import { tenant } from '../fixtures.test-support.js';
import { entity } from '../state/contract-kit.js';
import { PolicySet } from '../state/policy-set.js';
import { policiesInForce } from './in-force.js';

const day = fc.option(fc.integer({ min: 1, max: 9 }));
const versions = fc.array(fc.tuple(fc.constantFrom('refunds', 'fees', 'limits'), day, day), { maxLength: 12 });
const instants = fc.array(fc.integer({ min: 0, max: 10 }), { minLength: 1, maxLength: 12 });

const atDay = (n: number) => Date.UTC(2026, 0, n);

function setOf(all: readonly (readonly [string, number | null, number | null])[]): PolicySet {
  const policies = all.map(([policyId, from, to], n) => {
    const dateOf = (date: number | null) => (date === null ? null : instantText(atDay(date)));
    const window = { effectiveFrom: dateOf(from), effectiveTo: dateOf(to) };
    const data = { policyId, version: n, title: '', body: '', ...window };
    const made = entity('policy', `P-${n}`, { revision: 1, offset: n, data });
    if (made.status !== 'present') throw new Error(`a policy of ${tenant} is there`);
    return made;
  });
  return new PolicySet(1, policies);
}

/** Each policy looked at for itself. */
function lookedAt(set: PolicySet, atMs: number): readonly string[] {
  const found = [...set.byRef.values()].filter((policy) => {
    return inForce(set.versionsOf(policy.facets.policyId), atMs) === policy;
  });
  return found
    .map((policy) => {
      const next = scheduledSuccessor(set.versionsOf(policy.facets.policyId), atMs)?.entity.key.id ?? null;
      return `${policy.entity.key.id} then ${next}`;
    })
    .sort();
}

describe('the policies of a set that are in force', () => {
  it('are those that each policy looked at for itself gives, whatever instants were asked for before', () => {
    fc.assert(
      fc.property(versions, instants, (all, days) => {
        const set = setOf(all);
        for (const atMs of days.flatMap((n) => [atDay(n) - 1, atDay(n), atDay(n) + 1])) {
          const found = policiesInForce(set, atMs).map(({ policy, successor }) => {
            return `${policy.entity.key.id} then ${successor?.ref.replace('policy/', '') ?? null}`;
          });
          expect(found.sort()).toEqual(lookedAt(set, atMs));
        }
      }),
    );
  });

  it('are looked for once between two borders', () => {
    const set = setOf([
      ['refunds', 2, 8],
      ['refunds', 5, null],
    ]);
    const before = policiesInForce(set, atDay(3));
    expect(policiesInForce(set, atDay(5) - 1)).toBe(before);
    expect(policiesInForce(set, atDay(5))).not.toBe(before);
  });
});
