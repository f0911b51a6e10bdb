import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/canonical.js';
import { account, patch, ticket } from '../../src/fixtures.test-support.js';
import { BadInputService } from './service.test-support.js';

let subject: BadInputService;
beforeAll(async () => {
  subject = await BadInputService.open();
});
afterAll(() => subject.close());

describe('a patch', () => {
  it('of an entity nobody has made is rejected with its position, and applies once the full state came first', async () => {
    const event = patch('account', 'P-1', { plan: 'free' });
    const { events } = await subject.put(event);
    const { topic, partition, offset } = (events as readonly { position: JsonObject }[])[0]?.position ?? {};
    const letter = await subject.letter(`${topic}:${partition}:${offset}`);
    expect(letter).toMatchObject({
      reason: 'patch_of_unknown_entity',
      concern: { ref: 'account/P-1' },
      blocking: true,
    });
    const { body } = await subject.ask('/v1/context', { body: { account: 'P-1' } });
    expect(body).toMatchObject({ code: 'account_not_found', freshness: { label: 'incomplete' } });
    await subject.put(account('P-1'));
    expect((await subject.ok('/v1/context', { body: { account: 'P-1' } })).freshness).toMatchObject({ label: 'fresh' });
  });

  it.each([null, [], 'text', 1])('of data %j is no patch', async (data) => {
    const event = { ...patch('account', 'P-2', {}), data };
    expect((await subject.ask('/v1/events', { body: event })).body.code).toBe('event_rejected');
  });

  it('that takes away what its kind needs is rejected, and the state stays', async () => {
    await subject.put(ticket('P-3', { accountId: 'P-1' }), patch('ticket', 'P-3', { accountId: null }));
    const { members, freshness } = await subject.ok('/v1/accounts/P-1');
    expect(members).toMatchObject([{ ref: 'ticket/P-3', value: { accountId: 'P-1' } }]);
    expect(freshness).toMatchObject({ label: 'incomplete', reasons: [{ ref: 'ticket/P-3' }] });
  });
});
