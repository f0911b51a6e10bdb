import { describe, expect, it } from 'vitest';
import { account, DrivenClock, ticket } from '../../fixtures.test-support.js';
import { ApiWorld, expectProblem, member } from '../world.test-support.js';

/** A world whose materializer is held with one event waiting behind it. */
async function held(): Promise<{ readonly api: ApiWorld; readonly token: string }> {
  const api = await ApiWorld.open();
  await api.world.put(account('A-1'));
  await api.ok('/v1/accounts/A-1');
  api.world.parts.materializer.hold();
  const { token } = await api.ok('/v1/events', { body: ticket('T-1') });
  return { api, token: String(token) };
}

const context = (api: ApiWorld, consistency: object) =>
  api.ask('/v1/context', { body: { account: 'A-1', consistency } });

describe('consistency', () => {
  it('sees a write at its token', async () => {
    const api = await ApiWorld.open({ clock: new DrivenClock() });
    const { token } = await api.ok('/v1/events', { body: [account('A-1'), ticket('T-1')] });
    const { body } = await context(api, { level: 'at_least', tokens: [token] });
    expect(member(body, 'items', 1, 'ref')).toBe('ticket/T-1');
    await api.stop();
  });

  it('refuses with 503, Retry-After and how far behind it is when the token is not reached in time', async () => {
    const { api, token } = await held();
    const heard = await context(api, { level: 'at_least', tokens: [token], deadlineMs: 1_000 });
    const body = expectProblem(heard, 503, 'behind');
    expect(body).toMatchObject({ retriable: true, facts: { recordsBehind: '1', waitedMs: 1_000 } });
    expect(heard.headers.get('retry-after')).toBe('1');
    await api.stop();
  });

  it('refuses at once with onViolation refuse', async () => {
    const { api, token } = await held();
    const heard = await context(api, { level: 'at_least', tokens: [token], onViolation: 'refuse' });
    expect(expectProblem(heard, 503, 'behind')).toMatchObject({ facts: { waitedMs: 0 } });
    await api.stop();
  });

  it('answers and says so with onViolation mark', async () => {
    const { api, token } = await held();
    const { status, body } = await context(api, { level: 'at_least', tokens: [token], onViolation: 'mark' });
    expect(status).toBe(200);
    expect(body.freshness).toMatchObject({ label: 'stale', reasons: [{ code: 'tokens_not_covered' }] });
    await api.stop();
  });

  it('answers by default without waiting at level fastest', async () => {
    const { api } = await held();
    api.world.clock.advance(6_000);
    const { status, body } = await context(api, { level: 'fastest' });
    expect([status, member(body, 'freshness', 'label')]).toEqual([200, 'stale']);
    await api.stop();
  });

  it('refuses as behind at level latest while the end of the log is not applied', async () => {
    const { api } = await held();
    expectProblem(await context(api, { level: 'latest', deadlineMs: 500 }), 503, 'behind');
    await api.stop();
  });

  it('tells a token beyond the end of the log apart from one that is not reached yet', async () => {
    const { api } = await held();
    const heard = await context(api, { level: 'at_least', tokens: ['crm.accounts:0:999'], deadlineMs: 500 });
    expectProblem(heard, 422, 'token_in_future');
    await api.stop();
  });

  it.each([
    ['garbage', 400, 'token_malformed'],
    ['t1.bm9uc2Vuc2U', 400, 'token_malformed'],
    ['crm.accounts:99:1', 422, 'token_of_another_log'],
    ['elsewhere:0:1', 422, 'token_of_another_log'],
  ])('refuses the token %s with a reason', async (token, status, code) => {
    const { api } = await held();
    expectProblem(await context(api, { level: 'at_least', tokens: [token] }), status, code);
    expectProblem(await api.ask(`/v1/accounts/A-1?token=${token}`), status, code);
    await api.stop();
  });
});
