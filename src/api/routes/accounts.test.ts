import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { account, patch, policy, recordOf, ticket } from '../../fixtures.test-support.js';
import { ApiWorld, expectProblem, member } from '../world.test-support.js';

let api: ApiWorld;
beforeEach(async () => {
  api = await ApiWorld.open();
});
afterEach(() => api.stop());

describe('GET /v1/accounts/{id}', () => {
  it('shows every member with the position and version it was last changed by', async () => {
    await api.world.put(account('A-1', {}, { entityversion: '9' }), ticket('T-1'), ticket('T-2', { accountId: 'A-2' }));
    const body = await api.ok('/v1/accounts/A-1');
    expect(body.account).toMatchObject({ ref: 'account/A-1', status: 'present', value: { id: 'A-1', plan: 'pro' } });
    expect(member(body, 'account', 'source')).toMatchObject({ topic: 'crm.accounts', offset: '0', entityVersion: '9' });
    expect(body.members).toMatchObject([{ ref: 'ticket/T-1', source: { offset: '0', entityVersion: null } }]);
    expect(body).toMatchObject({ blocked: [], freshness: { label: 'fresh' }, token: expect.stringMatching(/^t1\./) });
  });

  it('reads as incomplete while a rejected event keeps one of its keys blocked', async () => {
    await api.world.put(account('A-1'));
    await api.world.produce(recordOf('account', 'A-1', '{"broken'));
    const body = await api.ok('/v1/accounts/A-1');
    expect(body.blocked).toEqual([{ rejected: 'crm.accounts:0:1', ref: 'account/A-1' }]);
    expect(member(body, 'freshness', 'label')).toBe('incomplete');
  });

  it('shows what was found to cover the token, though the state has gone back since', async () => {
    await api.world.put(account('A-1'));
    const written = await api.ok('/v1/events', { body: ticket('T-1') });
    await api.world.settle();
    const covering = await api.world.state.account('acme', 'A-1');
    const fallenBack = { ...covering, members: [], through: new Map() };
    vi.spyOn(api.world.state, 'account').mockResolvedValue(fallenBack).mockResolvedValueOnce(covering);
    const body = await api.ok(`/v1/accounts/A-1?token=${written.token}`);
    expect(body.members).toMatchObject([{ ref: 'ticket/T-1' }]);
  });

  it('tells an unknown account from a deleted one', async () => {
    await api.world.put(account('A-1'));
    await api.world.put({ ...account('A-1'), id: 'gone', op: 'delete' });
    expect(expectProblem(await api.ask('/v1/accounts/A-1'), 404, 'account_not_found').accountStatus).toBe('deleted');
    expect(expectProblem(await api.ask('/v1/accounts/A-9'), 404, 'account_not_found').accountStatus).toBe('unknown');
  });

  it('finds an account by any id, encoded', async () => {
    const anyId = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }).filter((id) => !/^\.{1,2}$/.test(id));
    await fc.assert(
      fc.asyncProperty(anyId, async (id) => {
        await api.world.put(account(id));
        const body = await api.ok(`/v1/accounts/${encodeURIComponent(id)}`);
        expect(member(body, 'account', 'value', 'id')).toBe(id);
      }),
      { numRuns: 50 },
    );
  });

  it('refuses unknown parameters', async () => {
    const problem = expectProblem(await api.ask('/v1/accounts/A-1?at=x'), 422, 'request_invalid');
    expect(problem.errors).toEqual([{ in: 'query', pointer: '/at', detail: 'unknown member' }]);
    expectProblem(await api.ask(`/v1/accounts/${'x'.repeat(513)}`), 422, 'request_invalid');
    expectProblem(await api.ask('/v1/accounts/A-1?deadlineMs=-1'), 422, 'request_invalid');
    expectProblem(await api.ask('/v1/accounts/A-1?deadlineMs=1&deadlineMs=2'), 422, 'request_invalid');
  });
});

describe('GET /v1/accounts/{id}/history', () => {
  it('tells what every record did, also those that did nothing', async () => {
    await api.world.put(account('A-1', {}, { entityversion: '2' }));
    await api.world.put(account('A-1', { name: 'old' }, { entityversion: '1' }));
    await api.world.put(account('A-1', { plan: 'team' }, { entityversion: '3', time: '2026-03-01T00:00:00Z' }));
    await api.world.produce(recordOf('account', 'A-1', '{"broken'));
    const { entries } = await api.ok('/v1/accounts/A-1/history');
    expect(entries).toMatchObject([
      { outcome: 'applied', effect: 'created', entityVersion: '2' },
      { outcome: 'superseded', effect: 'none', fields: [], entityVersion: null },
      { outcome: 'applied', effect: 'changed', fields: ['/plan'], eventTime: '2026-03-01T00:00:00Z' },
      { outcome: 'rejected', eventType: null, rejected: { id: 'crm.accounts:0:3', reason: 'not_json' } },
    ]);
  });

  it('shows a ticket that moves as leaving one account and joining the other', async () => {
    await api.world.put(account('A-1'), account('A-2'), ticket('T-1'), policy('P-1'));
    await api.world.put(patch('ticket', 'T-1', { accountId: 'A-2' }));
    await api.world.put(patch('ticket', 'T-1', { subject: 'elsewhere' }, { id: 'e-2' }));
    const effects = async (id: string) => {
      const { entries } = await api.ok(`/v1/accounts/${id}/history`);
      return (entries as { ref: string; effect: string }[]).map(({ ref, effect }) => `${ref} ${effect}`);
    };
    expect(await effects('A-1')).toEqual(['account/A-1 created', 'ticket/T-1 created', 'ticket/T-1 moved_out']);
    expect(await effects('A-2')).toEqual(['account/A-2 created', 'ticket/T-1 moved_in', 'ticket/T-1 changed']);
  });

  it('comes in pages that together are the whole', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await api.world.put(account('A-1', { name }));
    const seen: unknown[] = [];
    let after = '';
    do {
      const page = await api.ok(`/v1/accounts/A-1/history?limit=2${after}`);
      seen.push(...(page.entries as { position: { offset: string } }[]).map(({ position }) => position.offset));
      after = page.nextAfter === null ? '' : `&after=${page.nextAfter}`;
    } while (after !== '');
    expect(seen).toEqual(['0', '1', '2', '3', '4']);
  });

  it('says so when records are lost', async () => {
    await api.world.put(account('A-1'), ticket('T-1'));
    const log = api.world.log as unknown as { read: unknown };
    const read = api.world.log.read.bind(api.world.log);
    log.read = async (topic: string, ...rest: [number, bigint[]]) =>
      topic === 'support.tickets' ? [{ kind: 'missing', why: 'expired' }] : read(topic, ...rest);
    const body = await api.ok('/v1/accounts/A-1/history');
    expect(body.lost).toEqual([{ ref: 'ticket/T-1', why: 'expired', position: 'support.tickets:0:0' }]);
    expect([body.complete, (body.entries as unknown[]).length]).toEqual([false, 1]);
  });

  it('refuses a page after nothing, and knows no history of an unknown account', async () => {
    await api.world.put(account('A-1'));
    expectProblem(await api.ask('/v1/accounts/A-1/history?after=x'), 422, 'request_invalid');
    expectProblem(await api.ask('/v1/accounts/A-1/history?limit=1001'), 422, 'request_invalid');
    expectProblem(await api.ask('/v1/accounts/A-9/history'), 404, 'account_not_found');
  });
});
