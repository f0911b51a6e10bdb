import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../domain/canonical.js';
import type { Kind } from '../domain/kinds/index.js';
import { entity } from '../state/contract-kit.js';
import { likenessOf } from './likeness.js';

const refunds = {
  title: 'Refunds',
  body: 'Within thirty days.',
  appliesTo: { plans: ['gold'] },
};
const named = { id: 'P@1', policyId: 'P', version: 1, effectiveFrom: '2026-01-01', effectiveTo: null };

function likenessOfData(data: JsonObject, kind: Kind = 'policy', passages: readonly unknown[] = [{}]) {
  const present = entity(kind, String(data.id), { data });
  if (present.status !== 'present') throw new Error('it is there');
  return likenessOf({ entity: present, successor: null }, passages);
}

describe('what is shown once', () => {
  const known = likenessOfData({ ...refunds, ...named });

  it.each([
    ['under another id', { id: 'Q@1', policyId: 'Q' }],
    ['as another version', { id: 'P@2', version: 2 }],
    ['in force from another day', { effectiveFrom: '2025-01-01', effectiveTo: '2027-01-01' }],
  ])('is a policy published again %s', (_, other) => {
    expect(likenessOfData({ ...refunds, ...named, ...other })).toBe(known);
  });

  it.each([
    ['a body', { body: 'Within sixty days.' }],
    ['whom it applies to', { appliesTo: { plans: ['silver'] } }],
    ['a field of which nothing is known here', { refundLimit: 500 }],
  ])('is no policy that differs in %s', (_, other) => {
    expect(likenessOfData({ ...refunds, ...named, ...other })).not.toBe(known);
  });

  it('is no ticket: two of one text are two things that happened', () => {
    const ticket = { accountId: 'A', subject: 'Parcel lost', status: 'closed' };
    expect(likenessOfData({ id: 'T-1', ...ticket }, 'ticket')).toBeUndefined();
  });

  it('is nothing that says nothing', () => {
    expect(likenessOfData({ ...refunds, ...named }, 'policy', [])).toBeUndefined();
  });
});
