import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson, type JsonObject } from '../../src/domain/canonical.js';
import { account, ticket } from '../../src/fixtures.test-support.js';
import { rawRecord } from './records.test-support.js';
import { BadInputService } from './service.test-support.js';

let subject: BadInputService;
beforeAll(async () => {
  subject = await BadInputService.open();
});
afterAll(() => subject.close());

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

  it('posted by many at once with other bodies: one is taken, the others are refused, and the account stays complete', async () => {
    const posts = ['a', 'b', 'c', 'd'].map((name) => subject.ask('/v1/events', { body: named('R-7', name) }));
    const replies = await Promise.all(posts);
    await subject.settle();
    expect(replies.map(({ status }) => status)).toEqual([200, 409, 409, 409]);
    const { freshness } = await subject.ok('/v1/context', { body: { account: 'R-7' } });
    expect(freshness).toMatchObject({ label: 'fresh', reasons: [] });
  });

  it('for an account, then for a ticket is refused with the position of the first', async () => {
    const { events } = await subject.put(named('R-8', 'first'));
    const { topic, partition, offset } = (events as readonly { position: JsonObject }[])[0]?.position ?? {};
    const other = ticket('R-8-ticket', {}, { id: 'event-of-R-8' });
    const { body } = await subject.ask('/v1/events', { body: other });
    const facts = { firstPosition: `${topic}:${partition}:${offset}` };
    expect(body).toMatchObject({ status: 409, code: 'event_id_reused', facts });
  });

  it('twice in one batch with another body is refused, and with the same body it is one event', async () => {
    const { body } = await subject.ask('/v1/events', { body: [named('R-6', 'first'), named('R-6', 'second')] });
    expect(body).toMatchObject({ status: 409, code: 'event_id_reused' });
    const { events } = await subject.put(named('R-6', 'first'), named('R-6', 'first'));
    expect(events).toMatchObject([{ status: 'appended' }, { status: 'duplicate' }]);
    expect(await nameOf('R-6')).toMatchObject({ value: { name: 'first' } });
  });
});
