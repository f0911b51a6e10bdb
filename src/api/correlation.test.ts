import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Digest } from '../domain/canonical.js';
import { account, policy, tenant } from '../fixtures.test-support.js';
import { ApiWorld, expectProblem, member } from './world.test-support.js';

describe('the interaction a snapshot is asked for', () => {
  let api: ApiWorld;
  beforeEach(async () => {
    api = await ApiWorld.open();
    await api.world.put(account('A-1'), policy('P-1'));
  });
  afterEach(() => api.stop());

  const released = async (path: string, body: object, headers = {}) => {
    // A snapshot asked for twice in one millisecond is one, with one record.
    api.world.clock.advance(1);
    const { id } = await api.ok(path, { body, headers });
    const found = await api.service.audit.find(tenant, id as Digest);
    return found.kind === 'found' ? found.entry : expect.fail(found.kind);
  };

  it.each([
    ['/v1/context', { account: 'A-1' }],
    ['/v1/search', { question: 'refund?' }],
  ])('%s keeps it in the audit record, from the member or from the header', async (path, asked) => {
    expect((await released(path, { ...asked, correlationId: 'c-1' })).correlationId).toBe('c-1');
    expect((await released(path, asked, { 'correlation-id': 'c-2' })).correlationId).toBe('c-2');
    const both = await released(path, { ...asked, correlationId: 'c-3' }, { 'correlation-id': 'c-4' });
    expect(both.correlationId).toBe('c-3');
  });

  it('is outside the hash: with it and without it the manifest says nothing of it', async () => {
    const entry = await released('/v1/context', { account: 'A-1', correlationId: 'a-name-of-its-own' });
    expect(entry.manifest).not.toContain('a-name-of-its-own');
    expect(await released('/v1/context', { account: 'A-1', purpose: 'none' })).not.toHaveProperty('correlationId');
  });

  it('events that name none belong to the one that the header names', async () => {
    const event = { source: 's', specversion: '1.0', type: 'task.failed', subject: 'W-1', data: {} };
    const body = [
      { ...event, id: '1' },
      { ...event, id: '2', correlationid: 'c-8' },
    ];
    await api.ok('/v1/events', { body, headers: { 'correlation-id': 'c-9' } });
    expect(await api.service.ledger.catchUp()).toBe(true);
    const idsOf = (name: string) => api.service.ledger.correlated(tenant, name).map(({ id }) => id);
    expect([idsOf('c-9'), idsOf('c-8')]).toEqual([['1'], ['2']]);
  });

  it('a header too long to be kept is refused by name', async () => {
    const asked = { body: { account: 'A-1' }, headers: { 'correlation-id': 'x'.repeat(1_025) } };
    const problem = expectProblem(await api.ask('/v1/context', asked), 422, 'request_invalid');
    expect(member(problem, 'errors', 0)).toMatchObject({ in: 'header', pointer: '/correlation-id' });
  });
});
