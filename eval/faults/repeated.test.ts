import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson, type JsonObject } from '../../src/domain/canonical.js';
import { account, patch, remove, ticket } from '../../src/fixtures.test-support.js';
import { rawRecord } from './records.test-support.js';
import { BadInputService } from './service.test-support.js';

let subject: BadInputService;
beforeAll(async () => {
  subject = await BadInputService.open();
});
afterAll(() => subject.close());

describe('an account that is not there', () => {
  const reads: readonly (readonly [string, (id: string) => ReturnType<BadInputService['ask']>])[] = [
    ['a snapshot', (id) => subject.ask('/v1/context', { body: { account: id } })],
    ['a search', (id) => subject.ask('/v1/search', { body: { account: id, question: 'refund' } })],
    ['its state', (id) => subject.ask(`/v1/accounts/${id}`)],
  ];

  it.each(reads)(
    'is not found by %s, as of a stated freshness, and no snapshot is made of nothing',
    async (_by, read) => {
      const recorded = subject.service.audit.count;
      expect((await read('nobody')).body).toMatchObject({
        code: 'account_not_found',
        accountStatus: 'unknown',
        freshness: { label: 'fresh', ageMs: expect.any(Number) },
        token: expect.stringMatching(/^t1\./),
      });
      expect(subject.service.audit.count).toBe(recorded);
    },
  );

  it.each(reads)('is told to be deleted by %s, and its history is kept', async (by, read) => {
    const id = `gone-${by.replaceAll(' ', '-')}`;
    await subject.put(account(id), ticket(`T-${id}`, { accountId: id }));
    await subject.put(remove('account', id));
    expect((await read(id)).body).toMatchObject({ code: 'account_not_found', accountStatus: 'deleted' });
    const { entries } = await subject.ok(`/v1/accounts/${id}/history`);
    expect(entries).toMatchObject([{ effect: 'created' }, { effect: 'created' }, { effect: 'deleted' }]);
  });

  it('has no account of its own because a ticket names it', async () => {
    await subject.put(ticket('T-orphan', { accountId: 'never-made' }));
    expect((await subject.ask('/v1/context', { body: { account: 'never-made' } })).body).toMatchObject({
      code: 'account_not_found',
      accountStatus: 'unknown',
    });
  });
});

const named = (id: string, name: string): JsonObject => account(id, { name }, { id: `event-of-${id}` });
const inLog = (event: JsonObject) => rawRecord('account', String(event.subject), canonicalJson(event));
const nameOf = async (id: string) => (await subject.ok(`/v1/accounts/${id}`)).account;

describe('one (source, id) used twice', () => {
  it('with another body is refused with the first position, and nothing of the batch is appended', async () => {
    const { events } = await subject.put(named('R-1', 'first'));
    const { body } = await subject.ask('/v1/events', { body: [account('R-1-beside'), named('R-1', 'second')] });
    expect(body).toMatchObject({ status: 409, code: 'event_id_reused', facts: { index: 1 } });
    const { topic, partition, offset } = (events as readonly { position: JsonObject }[])[0]?.position ?? {};
    expect(body.facts).toMatchObject({ firstPosition: `${topic}:${partition}:${offset}` });
    expect((await subject.ask('/v1/accounts/R-1-beside')).status).toBe(404);
  });

  it('with the same body is a duplicate that names the first position', async () => {
    const first = await subject.put(named('R-2', 'first'));
    const again = await subject.put(named('R-2', 'first'));
    expect(first.events).toMatchObject([{ status: 'appended' }]);
    expect(again.events).toEqual([{ ...(first.events as JsonObject[])[0], status: 'duplicate' }]);
  });

  it('appended past the entrance with another body: the second is rejected, names the first, and blocks', async () => {
    const [first, second] = await subject.produce(inLog(named('R-3', 'first')), inLog(named('R-3', 'second')));
    const letter = await subject.letter(second ?? '');
    expect(letter).toMatchObject({ reason: 'id_reused', blocking: true, concern: { account: 'R-3' } });
    expect(letter.detail).toContain(`offset ${first?.split(':').at(-1)} `);
    expect(await nameOf('R-3')).toMatchObject({ value: { name: 'first' } });
    const snapshot = await subject.ok('/v1/context', { body: { account: 'R-3' } });
    expect(snapshot.freshness).toMatchObject({
      label: 'incomplete',
      reasons: [{ code: 'blocked_key', rejected: second }],
    });
  });

  it('appended past the entrance with the same body has one effect', async () => {
    const before = await subject.counts();
    await subject.produce(inLog(named('R-4', 'first')), inLog(named('R-4', 'first')), inLog(named('R-4', 'first')));
    const after = await subject.counts();
    expect([
      Number(after.applied) - Number(before.applied),
      Number(after.duplicate) - Number(before.duplicate),
    ]).toEqual([1, 2]);
  });

  it('posted by many at once has one effect', async () => {
    const before = await subject.counts();
    const post = () => subject.ok('/v1/events', { body: named('R-5', 'first') });
    const replies = await Promise.all(Array.from({ length: 20 }, post));
    await subject.settle();
    const after = await subject.counts();
    expect(replies).toHaveLength(20);
    expect(Number(after.applied) - Number(before.applied)).toBe(1);
    expect(await nameOf('R-5')).toMatchObject({ value: { name: 'first' } });
  });

  it('twice in one batch with another body has the effect of the first', async () => {
    await subject.ask('/v1/events', { body: [named('R-6', 'first'), named('R-6', 'second')] });
    await subject.settle();
    const { status, body } = await subject.ask('/v1/accounts/R-6');
    if (status === 200) expect(body.account).toMatchObject({ value: { name: 'first' } });
    else expect(body.code).toBe('account_not_found');
  });
});

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
