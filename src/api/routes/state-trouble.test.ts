import { expect, it, vi } from 'vitest';
import { TidemarkError } from '../../errors.js';
import { DrivenClock, ticket } from '../../fixtures.test-support.js';
import { ApiWorld } from '../world.test-support.js';

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
