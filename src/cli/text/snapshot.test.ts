import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../domain/canonical.js';
import { textOf } from './line.js';
import { snapshotLines } from './snapshot.js';

const source = {
  topic: 'support.policies',
  partition: 3,
  offset: '12',
  entityVersion: '2',
  eventTime: '2026-01-05T09:30:00Z',
};
const snapshot: JsonObject = {
  id: 'sha256-1',
  tenant: 'northquay',
  account: 'A-1',
  question: 'Refund?',
  evaluatedAt: '2026-02-01T10:00:00.000Z',
  freshness: {
    label: 'incomplete',
    ageMs: 12,
    reasons: [{ code: 'blocked_key', ref: 'ticket/T-1', rejected: 'support.tickets:0:7' }],
  },
  items: [
    {
      ref: 'policy/refund@2',
      value: { title: 'Refunds', version: '2', effectiveFrom: '2026-01-01' },
      source,
      why: { selected: 'retrieved', rank: 1, score: 0.61, lexical: 8.2 },
      successor: { ref: 'policy/refund@3', effectiveFrom: '2026-03-01T00:00:00.000Z' },
    },
  ],
  omitted: [
    { ref: 'policy/old@1', reason: 'token_budget' },
    { ref: 'policy/copy@1', reason: 'duplicate', of: 'policy/refund@2' },
  ],
  omittedCount: 2,
  token: 't1.abc',
  audit: { topic: 'copilot.context', partition: 0, offset: '41' },
};

describe('a snapshot for a person', () => {
  it('tells freshness, items with source and reason, what was left out, and where it is recorded', () => {
    expect(textOf(snapshotLines(snapshot), { width: 100, colour: false })).toMatchInlineSnapshot(`
      "Context of account A-1 · northquay · 2026-02-01 10:00Z
        “Refund?”
      INCOMPLETE · seen the end of the log 12 ms ago
        because ticket/T-1 may be missing a change: the record support.tickets:0:7 was rejected

        1  policy  refund@2  Refunds · version 2 · since 2026-01-01
                   from support.policies:3:12 · entity version 2 · happened 2026-01-05 09:30Z
                   here because it bears on the question: rank 1 of policies (score 0.61, lexical 8.2)
                   to be replaced by policy/refund@3 from 2026-03-01
      Left out: 2
        beyond the token budget: policy/old@1
        says the same as one that ranks before it: policy/copy@1 (policy/refund@2)

      snapshot  sha256-1
      recorded  copilot.context:0:41
      token     t1.abc (--json has all of it)
      "
    `);
  });

  it('shows something for a reply it only half understands', () => {
    const told = textOf(snapshotLines({ items: [{ ref: 'order/1' }, 7], freshness: null }), {
      width: 80,
      colour: false,
    });
    expect(told).toContain('order');
  });

  it('says that a snapshot without an audit record has none', () => {
    const told = textOf(snapshotLines({ ...snapshot, audit: null }), { width: 100, colour: false });
    expect(told).toContain('not recorded');
  });
});
