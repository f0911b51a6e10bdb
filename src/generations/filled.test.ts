import { describe, expect, it } from 'vitest';
import { tenant } from '../fixtures.test-support.js';
import { entity } from '../state/contract-kit.js';
import { PolicySet } from '../state/policy-set.js';
import { Filled, lackingAmong } from './filled.js';

function setOf(revision: number, body: string): PolicySet {
  const one = entity('policy', 'P-1', { revision, data: { body } });
  return new PolicySet(revision, one.status === 'present' ? [one] : []);
}

function holdingOf(set: PolicySet, isWhole = true) {
  const [policy] = set.byRef.values();
  if (policy === undefined) throw new Error('the set has one');
  const { key, hash, revision } = policy.entity;
  return { key, entityHash: hash, revision, isWhole };
}

function revisionsFor(held: PolicySet, wanted: PolicySet, isWhole = true): readonly number[] {
  const filled = new Filled();
  filled.seen(tenant, [holdingOf(held, isWhole)]);
  return filled.lackOf(tenant, wanted).wanted.map(({ revision }) => revision);
}

describe('what an index is seen to hold', () => {
  it('is lacking where the same content has come again: what was in between may be on its way', () => {
    expect(revisionsFor(setOf(1, 'a'), setOf(1, 'a'))).toEqual([]);
    expect(revisionsFor(setOf(1, 'a'), setOf(3, 'a'))).toEqual([3]);
    expect(lackingAmong([holdingOf(setOf(1, 'a'))], setOf(3, 'a'))).toBe(1);
  });

  it('is written by the revision of the state, above that of an index that is ahead of it', () => {
    expect(revisionsFor(setOf(1, 'a'), setOf(2, 'b'))).toEqual([2]);
    expect(revisionsFor(setOf(5, 'a'), setOf(2, 'b'))).toEqual([6]);
  });

  it('is completed by the same revision where part of it is missing', () => {
    expect(revisionsFor(setOf(4, 'a'), setOf(4, 'a'), false)).toEqual([4]);
    expect(revisionsFor(setOf(4, 'a'), setOf(2, 'b'), false)).toEqual([5]);
  });

  it('is taken out by a revision that no later write of the state is under', () => {
    const filled = new Filled();
    filled.seen(tenant, [holdingOf(setOf(2, 'a'))]);
    expect(filled.lackOf(tenant, new PolicySet(3, [])).gone).toEqual([{ ref: 'policy/P-1', revision: 3 }]);
  });

  it('is nothing once it is another index, also for an answer that was under way', async () => {
    const [filled, policies] = [new Filled(), setOf(1, 'a')];
    filled.seen(tenant, [holdingOf(policies)]);
    const { refs, since } = await filled.lacking({ policies }, tenant);
    filled.forgetAll();
    expect([[...refs], await since(), filled.count]).toEqual([[], ['policy/P-1'], 0]);
  });
});
