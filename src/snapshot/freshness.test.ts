import { describe, expect, it } from 'vitest';
import type { PartitionKey } from '../domain/position.js';
import type { BlockedMark } from '../state/port.js';
import { judge } from './freshness.js';

const age = (ageMs: number | null, behind = 0n) => ({ partition: 'support.tickets:0' as PartitionKey, ageMs, behind });
const measured = { ages: [age(10)], blocked: [], maxStalenessMs: 5_000, tokensCovered: true };
const mark = (concern: Partial<BlockedMark['concern']>): BlockedMark => ({
  rejected: 'support.tickets:0:7',
  concern: { tenant: 'acme', kind: 'ticket', id: 'T-1', accountId: 'A-1', ...concern },
});

describe('the freshness label', () => {
  it('is fresh up to the age allowed, and stale beyond it', () => {
    expect(judge({ ...measured, ages: [age(5_000)] })).toEqual({ label: 'fresh', ageMs: 5_000, reasons: [] });
    expect(judge({ ...measured, ages: [age(5_001)] })).toMatchObject({ label: 'stale', ageMs: 5_001 });
  });

  it('is that of the worst partition, and never rounds an age down', () => {
    expect(judge({ ...measured, ages: [age(1), age(7.2), age(3)] }).ageMs).toBe(8);
  });

  it('is unknown, with no age, when a partition was never caught up with', () => {
    const reasons = [{ code: 'never_caught_up', partition: 'support.tickets:0' }];
    expect(judge({ ...measured, ages: [age(1), age(null)] })).toEqual({ label: 'unknown', ageMs: null, reasons });
  });

  it('tells a state that is behind from a log that does not answer', () => {
    expect(judge({ ...measured, ages: [age(9_000, 3n)] }).reasons).toMatchObject([{ code: 'behind', records: '3' }]);
    expect(judge({ ...measured, ages: [age(9_000)] }).reasons).toMatchObject([{ code: 'end_of_log_unproven' }]);
  });

  it('is stale when the tokens are not covered, however young the state', () => {
    expect(judge({ ...measured, tokensCovered: false })).toMatchObject({
      label: 'stale',
      reasons: [{ code: 'tokens_not_covered' }],
    });
  });

  it('is incomplete when a key is blocked, and names it where it can', () => {
    expect(judge({ ...measured, blocked: [mark({})] })).toMatchObject({
      label: 'incomplete',
      reasons: [{ code: 'blocked_key', ref: 'ticket/T-1', rejected: 'support.tickets:0:7' }],
    });
    expect(judge({ ...measured, blocked: [mark({ id: null })] }).reasons).toMatchObject([
      { code: 'unreadable_record' },
    ]);
  });

  it('keeps the worst of several, and every reason', () => {
    const all = judge({
      ages: [age(null), age(9_000, 1n)],
      blocked: [mark({})],
      maxStalenessMs: 1,
      tokensCovered: false,
    });
    expect(all.label).toBe('unknown');
    expect(all.reasons.map(({ code }) => code)).toEqual([
      'never_caught_up',
      'behind',
      'tokens_not_covered',
      'blocked_key',
    ]);
  });
});
