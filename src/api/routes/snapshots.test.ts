import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { account, entitlement, policy, ticket } from '../../fixtures.test-support.js';
import { ApiWorld, expectProblem, type Heard, member } from '../world.test-support.js';

const absent = `sha256-${'0'.repeat(64)}`;

describe('a released snapshot', () => {
  let api: ApiWorld;
  let released: Heard;
  beforeEach(async () => {
    api = await ApiWorld.open();
    await api.world.put(account('A-1'), ticket('T-1'), entitlement('E-1'), policy('P-1'));
    released = await api.ask('/v1/context', { body: { account: 'A-1' } });
  });
  afterEach(() => api.stop());

  const path = (rest = '') => `/v1/snapshots/${released.body.id}${rest}`;

  it('is given again byte for byte, with the same ETag', async () => {
    await api.world.put(ticket('T-1', { status: 'closed' }));
    const again = await api.ask(path());
    expect(again.text).toBe(released.text);
    expect(again.headers.get('etag')).toBe(released.headers.get('etag'));
  });

  it.each(['%s', 'W/%s', '"other", %s', '*'])('is not sent again when If-None-Match is %s', async (form) => {
    const etag = String(released.headers.get('etag'));
    const heard = await api.ask(path(), { headers: { 'if-none-match': form.replace('%s', etag) } });
    expect([heard.status, heard.text, heard.headers.get('etag')]).toEqual([304, '', etag]);
    expect((await api.ask(path(), { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
  });

  it('answers HEAD like GET, without the body', async () => {
    const heard = await api.ask(path(), { method: 'HEAD' });
    expect([heard.status, heard.text, heard.headers.get('etag')]).toEqual([200, '', released.headers.get('etag')]);
  });

  it('replays as MATCH after the state has moved on', async () => {
    await api.world.put(ticket('T-1', { status: 'closed' }));
    const expected = { id: released.body.id, verdict: 'MATCH', depth: 'full', items: 4 };
    expect(await api.ok(path('/replay'), { body: {} })).toEqual(expected);
    expect(await api.ok(path('/replay'), { method: 'POST' })).toEqual(expected);
    expect(await api.ok(path('/replay'), { body: { depth: 'content' } })).toEqual({ ...expected, depth: 'content' });
    expectProblem(await api.ask(path('/replay'), { body: { depth: 'deep' } }), 422, 'request_invalid');
  });

  it('is valid until something a copilot sees has changed', async () => {
    expect(await api.ok(path('/validity'))).toMatchObject({ valid: true, supersededBy: null, changedItems: 0 });
    await api.world.put(ticket('T-1', { subject: 'mended' }));
    const supersededBy = { kind: 'event', position: 'support.tickets:0:1', ref: 'ticket/T-1' };
    expect(await api.ok(path('/validity'))).toMatchObject({ valid: false, supersededBy, changedItems: 1 });
  });

  it('tells what has changed, member by member', async () => {
    await api.world.put(ticket('T-1', { subject: 'mended' }), ticket('T-2'));
    const { changes, same } = await api.ok(path('/diff'));
    expect(same).toBe(false);
    const fields = [{ pointer: '/subject', before: 'broken', after: 'mended' }];
    expect(changes).toMatchObject([
      { ref: 'ticket/T-1', change: 'changed', fields },
      { ref: 'ticket/T-2', change: 'added', fields: [] },
    ]);
  });

  it('holds no more once its account is gone', async () => {
    await api.world.put({ ...account('A-1'), id: 'gone', op: 'delete' });
    expect(await api.ok(path('/validity'))).toMatchObject({ valid: false, supersededBy: { kind: 'account_gone' } });
    expect(await api.ok(path('/diff'))).toMatchObject({ accountGone: true, same: false });
  });

  it('covers a token before it judges', async () => {
    const { token } = await api.ok('/v1/events', { body: ticket('T-1', { subject: 'mended' }) });
    await api.world.settle();
    expect(await api.ok(path(`/validity?token=${token}`))).toMatchObject({ valid: false });
  });

  it.each(['', '/replay', '/validity', '/diff'])(
    'does not exist at %s when nothing of its id was released',
    async (rest) => {
      const method = rest === '/replay' ? 'POST' : 'GET';
      for (const id of [absent, 'sha256-x', 'nonsense', '%00', '..%2F..']) {
        expectProblem(await api.ask(`/v1/snapshots/${id}${rest}`, { method }), 404, 'snapshot_not_found');
      }
    },
  );

  it('names what keeps it from being rebuilt', async () => {
    const log = api.world.log as unknown as { read: unknown };
    const read = api.world.log.read.bind(api.world.log);
    log.read = async (topic: string, ...rest: [number, bigint[]]) =>
      topic === 'support.tickets' ? [{ kind: 'missing', why: 'expired' }] : read(topic, ...rest);
    const body = expectProblem(await api.ask(path()), 410, 'snapshot_unreplayable');
    expect(body.facts).toEqual({ reason: 'expired' });
    const verdict = await api.ok(path('/replay'), { method: 'POST' });
    expect(verdict).toMatchObject({ verdict: 'UNREPLAYABLE', reason: 'expired', advice: expect.stringMatching(/./) });
    expect(member(verdict, 'detail')).toBe('support.tickets:0:0');
  });
});
