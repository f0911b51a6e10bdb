import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { account, policy, ticket } from '../../fixtures.test-support.js';
import { ApiWorld, expectProblem, member } from '../world.test-support.js';

describe('time travel', () => {
  let api: ApiWorld;
  let token: unknown;
  beforeEach(async () => {
    api = await ApiWorld.open();
    await api.world.put(account('A-1'), ticket('T-1'), policy('P-1'));
    token = (await api.ok('/v1/accounts/A-1')).token;
    await api.world.put(account('A-1', { plan: 'later' }), ticket('T-2'), ticket('T-1', { accountId: 'A-2' }));
  });
  afterEach(() => api.stop());

  it('of a context and of an account shows what was there, and nothing later', async () => {
    const context = await api.ok('/v1/context', { body: { account: 'A-1', asOf: token } });
    const refs = (context.items as { ref: string }[]).map(({ ref }) => ref);
    expect(refs).toEqual(['account/A-1', 'ticket/T-1', 'policy/P-1']);
    const past = await api.ok(`/v1/accounts/A-1?asOf=${token}`);
    expect(member(past, 'account', 'value', 'plan')).toBe('pro');
    expect(past).toMatchObject({
      members: [{ ref: 'ticket/T-1' }],
      token,
      freshness: { reasons: [{ code: 'as_of' }] },
    });
  });

  it('of a search takes the token too', async () => {
    const found = await api.ok('/v1/search', { body: { question: 'refunds', asOf: token } });
    expect(member(found, 'freshness', 'reasons', 0, 'code')).toBe('as_of');
  });

  it.each(['POST /v1/context', 'GET /v1/accounts'])('of %s refuses a token that is none or lies ahead', async (at) => {
    const ask = (asOf: string) =>
      at.startsWith('GET')
        ? api.ask(`/v1/accounts/A-1?deadlineMs=1&asOf=${asOf}`)
        : api.ask('/v1/context', { body: { account: 'A-1', asOf, consistency: { deadlineMs: 0 } } });
    expectProblem(await ask('t1.x'), 400, 'token_malformed');
    expectProblem(await ask('nowhere:0:1'), 422, 'token_of_another_log');
    expectProblem(await ask('crm.accounts:0:99'), 422, 'token_in_future');
  });

  it('to where records are lost says which and why', async () => {
    vi.spyOn(api.world.log, 'read').mockResolvedValue([{ kind: 'missing', why: 'expired' }]);
    for (const heard of [
      await api.ask('/v1/context', { body: { account: 'A-1', asOf: token } }),
      await api.ask(`/v1/accounts/A-1?asOf=${token}`),
    ]) {
      expect(expectProblem(heard, 410, 'past_lost').facts).toMatchObject({ reason: 'expired' });
    }
  });
});
