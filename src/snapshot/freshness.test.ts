import { describe, expect, it } from 'vitest';
import { digestOf } from '../domain/canonical.js';
import type { PartitionKey } from '../domain/position.js';
import { account, caller, contextRequest, noRetriever, ticket, topics, World } from '../fixtures.test-support.js';
import type { BlockedMark } from '../state/port.js';
import { judge } from './freshness.js';
import { SnapshotService } from './service.js';

const age = (ageMs: number | null, behind = 0n) => ({
  partition: 'support.tickets:0' as PartitionKey,
  ageMs,
  behind,
  through: 9n,
});
const measured = {
  ages: [age(10)],
  troubles: [],
  blocked: [],
  maxStalenessMs: 5_000,
  tokensCovered: true,
  retrieval: null,
};
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

  it('stays fresh while what is missing is young, and says how many records that is', () => {
    const reasons = [{ code: 'behind', partition: 'support.tickets:0', records: '3' }];
    expect(judge({ ...measured, ages: [age(10, 3n)] })).toEqual({ label: 'fresh', ageMs: 10, reasons });
    expect(judge({ ...measured, ages: [age(null, 3n)] }).reasons).toMatchObject([
      { code: 'never_caught_up' },
      ...reasons,
    ]);
  });

  it('is incomplete when the retrieval has left out what it could not score, and says how much', () => {
    const reasons = [{ code: 'retrieval_partial', unscored: 7 }];
    expect(judge({ ...measured, retrieval: { pendingUnscored: 7 } })).toEqual({
      label: 'incomplete',
      ageMs: 10,
      reasons,
    });
  });

  it('is incomplete when the index could not be asked', () => {
    const reasons = [{ code: 'retrieval_unavailable' }];
    const retrieval = { pendingUnscored: 0, unavailable: true } as const;
    expect(judge({ ...measured, retrieval })).toEqual({ label: 'incomplete', ageMs: 10, reasons });
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

  it('does not name what is blocked where nobody can say whose it is: it may be of another tenant (P7)', () => {
    expect(judge({ ...measured, blocked: [mark({ tenant: null })] })).toMatchObject({
      label: 'incomplete',
      reasons: [{ code: 'unreadable_record', rejected: 'support.tickets:0:7' }],
    });
  });

  it('names what is blocked in the order of the log, whatever order it was rejected in', () => {
    const marks = ['a.topic:1:3', 'b.topic:0:1', 'b.topic:0:9', 'b.topic:0:10', 'b.topic:10:0'].map((rejected) => {
      return { ...mark({}), rejected };
    });
    const named = (blocked: readonly BlockedMark[]) => judge({ ...measured, blocked }).reasons;
    expect(named(marks.toReversed())).toEqual(named(marks));
    expect(named(marks).map((reason) => 'rejected' in reason && reason.rejected)).toEqual(
      marks.map(({ rejected }) => rejected),
    );
  });

  it('keeps the worst of several, and every reason', () => {
    const all = judge({
      ages: [age(null), age(9_000, 1n)],
      troubles: [],
      blocked: [mark({})],
      maxStalenessMs: 1,
      tokensCovered: false,
      retrieval: { pendingUnscored: 2 },
    });
    expect(all.label).toBe('unknown');
    expect(all.reasons.map(({ code }) => code)).toEqual([
      'never_caught_up',
      'behind',
      'tokens_not_covered',
      'retrieval_partial',
      'blocked_key',
    ]);
  });
});

describe('a snapshot', () => {
  it('whose retrieval left out what it could not score is released as incomplete', async () => {
    const world = await World.open();
    await world.put(account('A-1'), ticket('T-1'));
    const retrieval = { statistics: digestOf('none'), pendingScored: 1_000, pendingUnscored: 3, confidence: 0 };
    const retriever = { ...noRetriever, retrieve: async () => ({ found: [], beyond: [], retrieval }) };
    const { state, clock, parts } = world;
    const common = { ...parts, state, clock, topics, auditing: 'required' } as const;
    const result = await new SnapshotService({
      ...common,
      retrieval: () => ({ live: retriever, past: retriever }),
    }).snapshot(contextRequest({ question: 'why?' }), caller);
    const { freshness } = JSON.parse(result.kind === 'released' ? result.body : '{}');
    expect(freshness).toMatchObject({ label: 'incomplete', reasons: [{ code: 'retrieval_partial', unscored: 3 }] });
  });
});
