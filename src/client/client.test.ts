import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiWorld } from '../api/world.test-support.js';
import { account, policy, ticket } from '../fixtures.test-support.js';
import type { CloudEvent } from './api.generated.js';
import { TidemarkClient } from './client.js';
import { TidemarkProblem } from './problem.js';

let api: ApiWorld;
let client: TidemarkClient;
beforeEach(async () => {
  api = await ApiWorld.open();
  await api.world.put(account('A-1'), ticket('T-1'), policy('P-1'));
  client = new TidemarkClient({ url: 'http://tidemark.test', fetch: (request) => api.app.fetch(request) });
});
afterEach(() => api.stop());

const event = (body: unknown) => body as CloudEvent;

describe('the client, against the service itself', () => {
  it('gets a snapshot, finds it again, replays it, and learns what superseded it', async () => {
    const snapshot = await client.context({ account: 'A-1', question: 'broken?' });
    expect(snapshot.items.map(({ ref }) => ref)).toContain('ticket/T-1');
    expect((await client.snapshot(snapshot.id)).content).toBe(snapshot.content);
    expect(await client.replay(snapshot.id, 'content')).toMatchObject({ verdict: 'MATCH', depth: 'content' });
    const { token } = await client.append(event(ticket('T-1', { subject: 'mended' })));
    const validity = await client.validity(snapshot.id, { tokens: [token] });
    expect(validity).toMatchObject({ valid: false, supersededBy: { kind: 'event', position: 'support.tickets:0:1' } });
  });

  it('searches, and calls what has no method of its own by its operation', async () => {
    expect(await client.search({ question: 'refunds', limit: 1 })).toMatchObject({ question: 'refunds' });
    const { members } = await client.call('getAccount', { path: { id: 'A-1' }, query: { deadlineMs: 100 } });
    expect(members.map(({ ref }) => ref)).toContain('ticket/T-1');
  });

  it('has waited for a token once everything it covers is applied', async () => {
    api.world.parts.materializer.hold();
    const { token } = await client.append([event(ticket('T-2')), event(account('A-2'))]);
    const early = client.waitFor(token, { deadlineMs: 0 });
    await expect(early).rejects.toMatchObject({ code: 'behind', facts: { missing: { length: 2 } } });
    const waited = client.waitFor(token, { deadlineMs: 20_000 });
    api.world.parts.materializer.release();
    await waited;
    expect((await client.call('getAccount', { path: { id: 'A-2' } })).account.ref).toBe('account/A-2');
  });

  it('throws what the service refuses, with its code, advice, request and faulty members', async () => {
    const refused = client.context({ account: '' }).catch((error: unknown) => error);
    const problem = await refused;
    expect(problem).toBeInstanceOf(TidemarkProblem);
    expect(problem).toMatchObject({
      ...{ code: 'request_invalid', status: 422, retriable: false, advice: expect.stringMatching(/./) },
      ...{ requestId: expect.stringMatching(/./), errors: [{ in: 'body', pointer: '/account' }] },
    });
  });

  it('encodes what goes into an address', async () => {
    const id = 'A/1 ?#';
    await expect(client.call('getAccount', { path: { id } })).rejects.toMatchObject({ code: 'account_not_found' });
  });
});
