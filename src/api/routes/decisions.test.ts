import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JsonObject } from '../../domain/canonical.js';
import { account, tenant } from '../../fixtures.test-support.js';
import { ApiWorld, expectProblem, member } from '../world.test-support.js';

describe('GET /v1/decisions/{id}/trace', () => {
  let api: ApiWorld;
  let snapshot: string;
  beforeEach(async () => {
    api = await ApiWorld.open();
    await api.world.put(account('A-1'));
    const { id } = await api.ok('/v1/context', { body: { account: 'A-1', correlationId: 'c-1' } });
    snapshot = String(id);
    await decide('1', 'decision.proposed', { action: 'refund', snapshots: [snapshot] });
  });
  afterEach(() => api.stop());

  const decide = (id: string, type: string, data: JsonObject) => {
    const core = { specversion: '1.0', source: 's', id, type, subject: 'D-1', correlationid: 'c-1', tenant };
    return api.ok('/v1/events', { body: { ...core, data } });
  };

  it('answers as its description says, with a token that covers what it was read from', async () => {
    const trace = await api.ok('/v1/decisions/D-1/trace');
    expect(trace).toMatchObject({ id: 'D-1', correlationId: 'c-1', complete: true, gaps: [] });
    expect(member(trace, 'hops', 1)).toMatchObject({
      ref: snapshot,
      verdict: 'MATCH',
      facts: { correlationId: 'c-1' },
    });
    await api.world.settle();
    const consistency = { level: 'at_least', tokens: [trace.token] };
    await api.ok('/v1/context', { body: { account: 'A-1', consistency } });
  });

  it('tells of what was written under who wrote it', async () => {
    await decide('2', 'decision.executed', { wrote: ['crm.accounts:0:0'], follows: '1' });
    const { hops, complete } = await api.ok('/v1/decisions/D-1/trace');
    expect(complete).toBe(true);
    expect(member({ hops } as JsonObject, 'hops', 5)).toMatchObject({ stage: 'written', ref: 'account/A-1' });
  });

  it('knows no decision of another id, and refuses one too long to be any', async () => {
    expectProblem(await api.ask('/v1/decisions/D-2/trace'), 404, 'decision_not_found');
    expectProblem(await api.ask(`/v1/decisions/${'x'.repeat(513)}/trace`), 422, 'request_invalid');
  });

  it('does not say that there is no such decision where there may be older ones than it traces', async () => {
    const facts = { why: 'not_found_or_too_old' };
    vi.spyOn(api.service.ledger, 'knowsAll').mockReturnValue(false);
    const told = await api.ask('/v1/decisions/D-2/trace');
    expectProblem(told, 404, 'decision_not_found');
    expect(told.body).toMatchObject({ facts });
  });

  it('says that it is behind, and never that something is missing, while records are still to come', async () => {
    vi.spyOn(api.service.journal, 'recordAt').mockResolvedValue({ kind: 'missing', why: 'beyond_end' });
    expectProblem(await api.ask('/v1/decisions/D-1/trace'), 503, 'behind');
    vi.spyOn(api.service.ledger, 'catchUp').mockResolvedValue(false);
    expectProblem(await api.ask('/v1/decisions/D-2/trace'), 503, 'behind');
  });
});
