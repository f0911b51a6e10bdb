import { describe, expect, it, vi } from 'vitest';
import { TidemarkError } from '../../errors.js';
import { account, DrivenClock, ticket } from '../../fixtures.test-support.js';
import { ApiWorld, member } from '../world.test-support.js';

const away = () =>
  new TidemarkError({ code: 'state_unavailable', message: 'the state is away', advice: 'Ask again.', retriable: true });

it('refuses reads of a state that cannot be asked, says why it is not ready, and takes events', async () => {
  const api = await ApiWorld.open({ clock: new DrivenClock() });
  const { state } = api.world;
  api.world.parts.materializer.hold();
  vi.spyOn(state, 'account').mockRejectedValue(away());
  vi.spyOn(state, 'entities').mockRejectedValue(away());
  vi.spyOn(state, 'trouble', 'get').mockReturnValue({ kind: 'unreachable', error: 'refused' } as never);
  expect(await api.ask('/v1/accounts/A-1')).toMatchObject({ status: 503, body: { code: 'state_unavailable' } });
  expect(await api.ask('/readyz')).toMatchObject({ status: 503, body: { status: 'unreachable' } });
  expect((await api.ask('/v1/events', { body: ticket('T-1') })).status).toBeLessThan(300);
  await api.stop();
});

describe('what operators look at, of a state that cannot be asked', () => {
  async function troubled(trouble: object) {
    const api = await ApiWorld.open();
    await api.world.put(account('A-1'));
    await api.ok('/v1/positions');
    const { state } = api.world;
    for (const method of ['progress', 'through', 'pendingCount'] as const)
      vi.spyOn(state, method).mockRejectedValue(away());
    vi.spyOn(state, 'trouble', 'get').mockReturnValue(trouble as never);
    return api;
  }

  it('is told by positions: the trouble, what the log knows, and null for the rest', async () => {
    const api = await troubled({ kind: 'unreachable', error: 'connect 10.0.0.1' });
    const told = await api.ok('/v1/positions');
    expect(told).toMatchObject({ totals: null, token: null, index: { pending: null, dropped: 0, lost: 0 } });
    expect(told.state).toEqual({ trouble: { kind: 'unreachable' }, regresses: 0 });
    for (const one of told.partitions as object[])
      expect(one).toMatchObject({
        appliedThrough: null,
        lagRecords: null,
        lagSeconds: null,
        label: 'unknown',
        counts: null,
      });
    expect(JSON.stringify(told)).toContain(
      '"topic":"crm.accounts","partition":0,"about":"account","owned":true,"appliedThrough":null,"committed":null,"highWatermark":"1"',
    );
    expect(JSON.stringify(told)).not.toContain('10.0.0.1');
    await api.stop();
  });

  it('is told by metrics, without what is not known', async () => {
    const api = await troubled({ kind: 'evicting', policy: 'allkeys-lru' });
    const { text } = await api.ask('/metrics');
    expect(text).toContain('tidemark_state_trouble{kind="evicting"} 1');
    expect(text).not.toMatch(/^tidemark_(lag_records|events|index_pending)[{ ]/m);
    expect(member(await api.ok('/v1/positions'), 'state', 'trouble')).toEqual({
      kind: 'evicting',
      policy: 'allkeys-lru',
    });
    await api.stop();
  });

  it('is why the instance is not ready, also before anybody has noticed it', async () => {
    const api = await troubled({ kind: 'unreachable', error: '' });
    vi.spyOn(api.world.state, 'trouble', 'get').mockReturnValue(null as never);
    expect(await api.ask('/readyz')).toMatchObject({ status: 503, body: { status: 'unreachable' } });
    await api.stop();
  });
});
