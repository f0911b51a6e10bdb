import { describe, expect, it, vi } from 'vitest';
import { TidemarkError } from '../../errors.js';
import { DrivenClock } from '../../fixtures.test-support.js';
import { hashKey, keyAuthentication } from '../auth.js';
import type { ApiService } from '../service.js';
import { ApiWorld, expectProblem } from '../world.test-support.js';

const findings = { checked: 3, missing: 1, differing: 0, orphaned: 0, repaired: 1, skipped: 0 };

function passing(ended: Promise<typeof findings>) {
  const begin = vi.fn(() => ({ findings, ended }));
  const reconciler: NonNullable<ApiService['reconciler']> = { last: findings, begin };
  return { begin, reconciler };
}

const post = { method: 'POST', body: {} };

describe('POST /v1/reconcile', () => {
  it('says that a state of the process itself needs none', async () => {
    const api = await ApiWorld.open();
    expect(await api.ok('/v1/reconcile', post)).toEqual({ status: 'not_needed', findings: null });
    await api.stop();
  });

  it('tells what was found, which then is in positions and in metrics', async () => {
    const { reconciler } = passing(Promise.resolve(findings));
    const api = await ApiWorld.open({ reconciler, index: { facts: { dropped: 2, lost: 1, refused: 0 } } });
    expect(await api.ok('/v1/reconcile', post)).toEqual({ status: 'ended', findings });
    expect(await api.ok('/v1/positions')).toMatchObject({
      reconciled: findings,
      index: { pending: 0, dropped: 2, lost: 1 },
    });
    const { text } = await api.ask('/metrics');
    for (const line of [
      'reconcile_entities{finding="missing"} 1',
      'index_points_dropped 2',
      'index_lost 1',
      'index_pending 0',
    ])
      expect(text).toContain(`tidemark_${line}\n`);
    await api.stop();
  });

  it('tells what a pass has come to that takes longer than a request, and waits for the same one again', async () => {
    let end = (_: typeof findings) => {};
    const ended = new Promise<typeof findings>((resolve) => {
      end = resolve;
    });
    const { reconciler, begin } = passing(ended);
    const api = await ApiWorld.open({ reconciler, clock: new DrivenClock('rushing') });
    expect(await api.ok('/v1/reconcile', post)).toEqual({ status: 'under_way', findings });
    end({ ...findings, checked: 9 });
    expect(await api.ok('/v1/reconcile', post)).toMatchObject({ status: 'ended', findings: { checked: 9 } });
    expect(begin).toHaveBeenCalledTimes(2);
    await api.stop();
  });

  it('says which store kept it from its end', async () => {
    const error = new TidemarkError({
      code: 'index_unavailable',
      message: 'no',
      advice: 'Ask again.',
      retriable: true,
    });
    const { reconciler } = passing(Promise.reject(error));
    const api = await ApiWorld.open({ reconciler });
    expectProblem(await api.ask('/v1/reconcile', post), 503, 'index_unavailable');
    await api.stop();
  });

  it('is for operators', async () => {
    const grant = { id: 'one', sha256: hashKey('one'), tenant: 'acme', scopes: ['operate'], operator: false } as const;
    const { reconciler, begin } = passing(Promise.resolve(findings));
    const api = await ApiWorld.open({ auth: keyAuthentication({ keys: [grant] }), reconciler });
    const heard = await api.ask('/v1/reconcile', { ...post, headers: { authorization: 'Bearer one' } });
    expectProblem(heard, 403, 'forbidden');
    expect(begin).not.toHaveBeenCalled();
    await api.stop();
  });
});
