/** P7 at the HTTP API: two tenants with the same ids, and a canary in everything that belongs to the other. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../domain/canonical.js';
import { account, policy, recordOf, ticket } from '../fixtures.test-support.js';
import { hashKey, type KeyFile, keyAuthentication } from './auth.js';
import { documented } from './endpoints.js';
import { ApiWorld, expectProblem } from './world.test-support.js';

const CANARY = 'canary';
type Key = KeyFile['keys'][number];
const grant = (id: string, tenant: string, scopes: Key['scopes'], operator = false): Key => ({
  id,
  sha256: hashKey(id),
  tenant,
  scopes,
  operator,
});

const keys = [
  grant('acme-all', 'acme', ['read', 'write', 'operate', 'metrics']),
  grant('acme-read', 'acme', ['read']),
  grant('other-all', 'other', ['read', 'write', 'operate', 'metrics']),
  grant('operator', 'acme', ['read', 'operate'], true),
];

let api: ApiWorld;
const as = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });
const post = (key: string, body: unknown) => ({ ...as(key), method: 'POST', body });

beforeEach(async () => {
  api = await ApiWorld.open({ auth: keyAuthentication({ keys }) });
  const { tenant: _, ...mine } = account('A-1');
  const secret = { ...ticket('T-1', { subject: CANARY }), tenant: 'other' };
  await api.ok('/v1/events', post('acme-all', mine));
  const theirs = [{ ...account('A-1', { name: CANARY }), tenant: 'other' }, secret];
  await api.ok('/v1/events', post('other-all', [...theirs, { ...policy('P-1', { title: CANARY }), tenant: 'other' }]));
  await api.world.produce(
    { ...recordOf('ticket', 'T-2', `{"${CANARY}`), key: Buffer.from('other/T-2') },
    { ...recordOf('ticket', 'T-3', `{"${CANARY}`), key: null },
    // Whose it is nobody can say, and it names something.
    { ...recordOf('ticket', 'T-4', JSON.stringify({ subject: `T-${CANARY}`, data: {} })), key: null },
  );
});
afterEach(() => api.stop());

describe('a tenant', () => {
  it.each([
    ['GET', '/v1/accounts/A-1', undefined],
    ['GET', '/v1/accounts/A-1/history', undefined],
    ['POST', '/v1/context', { account: 'A-1', question: CANARY }],
    ['POST', '/v1/search', { question: CANARY }],
    ['GET', '/v1/rejected', undefined],
    ['GET', '/v1/positions', undefined],
    ['GET', '/metrics', undefined],
  ])('sees nothing of another by %s %s', async (method, path, body) => {
    const heard = await api.ask(path, { ...as('acme-all'), method, body });
    expect(heard.status).toBe(200);
    expect(heard.text.replaceAll(`"question":"${CANARY}"`, '')).not.toContain(CANARY);
  });

  it('is told how far everything is, but not how much there is of everybody, unless it may see the whole service', async () => {
    const hidden = { totals: null, auditRecords: null };
    const { partitions, ...rest } = await api.ok('/v1/positions', as('acme-read'));
    expect(rest).toMatchObject(hidden);
    for (const one of partitions as JsonObject[]) {
      expect(one).toMatchObject({ counts: null, label: 'fresh', lagRecords: '0' });
    }
    for (const key of ['acme-all', 'operator']) {
      const { totals, auditRecords } = await api.ok('/v1/positions', as(key));
      expect([totals, auditRecords]).toMatchObject([{ applied: 7, rejected: 3 }, 0]);
    }
  });

  it('does not find what another was given or had rejected', async () => {
    const { id } = await api.ok('/v1/context', post('other-all', { account: 'A-1' }));
    for (const [rest, method] of [
      ['', 'GET'],
      ['/replay', 'POST'],
      ['/diff', 'GET'],
      ['/validity', 'GET'],
    ] as const) {
      const path = `/v1/snapshots/${id}${rest}`;
      expectProblem(await api.ask(path, { ...as('acme-all'), method }), 404, 'snapshot_not_found');
      expect((await api.ask(path, { ...as('other-all'), method })).status).toBe(200);
    }
    expectProblem(await api.ask(`/v1/changes?snapshot=${id}`, as('acme-all')), 404, 'snapshot_not_found');
    expectProblem(await api.ask('/v1/rejected/support.tickets:0:1', as('acme-all')), 404, 'rejected_not_found');
    expect((await api.ask('/v1/rejected/support.tickets:0:1', as('other-all'))).status).toBe(200);
  });

  it('cannot repair its own rejected record into an event of another', async () => {
    await api.world.produce({ ...recordOf('ticket', 'T-8', '{'), key: Buffer.from('acme/T-8') });
    const repaired = { json: { ...ticket('T-8'), tenant: 'other' } };
    const heard = await api.ask('/v1/rejected/support.tickets:0:3/redrive', post('acme-all', { repaired }));
    expect(heard.status).toBeGreaterThanOrEqual(403);
    expect((await api.world.state.account('other', 'A-1')).members.map(({ key }) => key.id)).toEqual(['T-1']);
  });

  it('leaves records whose tenant nobody can read to operators', async () => {
    const unreadable = '/v1/rejected/support.tickets:0:2';
    for (const key of ['acme-all', 'other-all']) {
      expectProblem(await api.ask(unreadable, as(key)), 404, 'rejected_not_found');
      expect((await api.ok('/v1/rejected', as(key))).total).toBe(key === 'other-all' ? 1 : 0);
    }
    expect((await api.ok(unreadable, as('operator'))).record).toMatchObject({ key: null });
    expect((await api.ok('/v1/rejected', as('operator'))).total).toBe(3);
  });

  it('cannot write for another', async () => {
    const heard = await api.ask('/v1/events', post('acme-all', { ...account('A-1'), tenant: 'other' }));
    expectProblem(heard, 422, 'event_rejected');
  });
});

describe('a credential', () => {
  const closed = documented.filter(({ scope }) => scope !== null);
  const pathOf = (path: string) => path.replaceAll(/\{\w+\}/g, '0');

  it.each(closed)('is asked for at $method $path', async ({ method, path }) => {
    const heard = await api.ask(pathOf(path), { method: method.toUpperCase() });
    expectProblem(heard, 401, 'unauthenticated');
    expect(heard.headers.get('www-authenticate')).toBe('Bearer realm="tidemark"');
    const wrong = await api.ask(pathOf(path), { ...as('wrong'), method: method.toUpperCase() });
    expectProblem(wrong, 401, 'unauthenticated');
    expect(wrong.headers.get('www-authenticate')).toContain('invalid_token');
  });

  it.each(closed.filter(({ scope }) => scope !== 'read'))(
    'needs the scope of $method $path',
    async ({ method, path, scope }) => {
      const heard = await api.ask(pathOf(path), { ...as('acme-read'), method: method.toUpperCase() });
      expect(expectProblem(heard, 403, 'forbidden').facts).toEqual({ scope });
      expect(heard.headers.get('www-authenticate')).toContain('insufficient_scope');
    },
  );

  it.each(documented.filter(({ scope }) => scope === null))('is not asked for at $method $path', async ({ path }) => {
    expect((await api.ask(path)).status).toBe(200);
  });

  it('is named in the audit record and in the log, and its key in neither', async () => {
    const { id } = await api.ok('/v1/context', post('acme-read', { account: 'A-1' }));
    const finding = await api.world.parts.audit.find('acme', String(id) as `sha256-${string}`);
    expect(finding).toMatchObject({ entry: { releasedTo: { subject: 'acme-read', scopes: ['read'] } } });
    expect(api.lines.at(-1)).toMatchObject({ credential: 'acme-read', route: '/v1/context', status: 200 });
  });
});
