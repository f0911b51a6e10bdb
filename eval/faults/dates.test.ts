import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { member } from '../../src/api/world.test-support.js';
import { canonicalJson, type JsonObject } from '../../src/domain/canonical.js';
import { account, entitlement, policy, ticket } from '../../src/fixtures.test-support.js';
import { rawRecord } from './records.test-support.js';
import { BadInputService } from './service.test-support.js';

let subject: BadInputService;
beforeAll(async () => {
  subject = await BadInputService.open();
  await subject.put(account('A-1'));
});
afterAll(() => subject.close());

const nowMs = Date.now();
const years = (count: number) => new Date(nowMs + count * 365.25 * 86_400_000).toISOString();
const legal = [
  ['ten years ago', years(-10)],
  ['in ten years', years(10)],
  ['in year 0001', '0001-01-01T00:00:00Z'],
  ['in year 9999', '9999-12-31T23:59:59.999999999Z'],
  ['before 1970, with an offset', '1969-12-31T23:59:59-23:59'],
] as const;
const illegal = [
  ['on 30 February', '2026-02-30T00:00:00Z'],
  ['on 29 February of a common year', '2025-02-29T00:00:00Z'],
  ['in a leap second', '2016-12-31T23:59:60Z'],
  ['without a zone', '2026-03-01T09:30:00'],
  ['as a date alone', '2026-03-01'],
  ['in year 10000', '10000-01-01T00:00:00Z'],
  ['as a number in text', '1767225600'],
  ['in words', 'yesterday'],
] as const;

const nameOf = (body: JsonObject) => member(body, 'account', 'value', 'name');

describe('the time of an event', () => {
  it.each(legal)('%s decides nothing: what came last wins, and no age is negative', async (when, time) => {
    const id = when.replaceAll(' ', '-');
    await subject.put(account(id, { name: 'first' }, { time: years(0) }));
    await subject.put(account(id, { name: 'second' }, { time }));
    await subject.put(account(id, { name: 'third' }, { time: years(-1) }));
    const state = await subject.ok(`/v1/accounts/${encodeURIComponent(id)}`);
    expect(nameOf(state)).toBe('third');
    const snapshot = await subject.ok('/v1/context', { body: { account: id } });
    expect(snapshot.freshness).toMatchObject({ label: 'fresh', reasons: [] });
    expect(member(snapshot, 'freshness', 'ageMs')).toBeGreaterThanOrEqual(0);
    const positions = await subject.ok('/v1/positions');
    for (const { lagSeconds } of positions.partitions as readonly { lagSeconds: number }[])
      expect(lagSeconds).toBeGreaterThanOrEqual(0);
  });

  it.each(legal)('%s comes back as it was written', async (_when, time) => {
    await subject.put(account('written', { name: time }, { time }));
    expect(member(await subject.ok('/v1/accounts/written'), 'account', 'source', 'eventTime')).toBe(time);
  });

  it.each(illegal)('%s is refused at the entrance, and rejected in a record', async (when, time) => {
    const event = account('A-1', { name: when }, { time });
    const { body } = await subject.ask('/v1/events', { body: event });
    expect(body).toMatchObject({
      code: 'event_rejected',
      errors: [{ detail: expect.stringMatching(/^time_invalid: /) }],
    });
    const [at = ''] = await subject.produce(rawRecord('account', 'A-1', canonicalJson(event)));
    expect(await subject.letter(at)).toMatchObject({ reason: 'time_invalid', concern: { ref: 'account/A-1' } });
  });
});

describe('a validity window', () => {
  const refs = async () => {
    const { items } = await subject.ok('/v1/context', { body: { account: 'A-1', question: 'refunds' } });
    return (items as readonly JsonObject[]).map(({ ref }) => ref);
  };

  it('of an entitlement may lie at either end of time', async () => {
    await subject.put(
      entitlement('E-always', { startsAt: '0001-01-01', endsAt: '9999-12-31' }),
      entitlement('E-past', { startsAt: '0001-01-01', endsAt: '0001-01-02' }),
      entitlement('E-future', { startsAt: '9999-12-30', endsAt: '9999-12-31' }),
      entitlement('E-turned', { startsAt: '9999-12-31', endsAt: '0001-01-01' }),
    );
    const active = (await refs()).filter((ref) => String(ref).startsWith('entitlement/'));
    expect(active).toEqual(['entitlement/E-always']);
  });

  it('of a policy may lie at either end of time', async () => {
    await subject.put(
      policy('p-old', { version: '1', effectiveFrom: '0001-01-01' }),
      policy('p-next', { version: '2', effectiveFrom: years(10) }),
      policy('p-last', { version: '3', effectiveFrom: '9999-12-31T23:59:59Z' }),
    );
    expect(await refs()).toContain('policy/p-old');
    expect(await refs()).not.toContain('policy/p-next');
  });

  it.each(illegal.filter(([, text]) => text !== '2026-03-01'))(
    '%s is refused, naming the field',
    async (_when, startsAt) => {
      const { body } = await subject.ask('/v1/events', { body: entitlement('E-bad', { startsAt }) });
      expect(member(body, 'errors', 0, 'detail')).toMatch(/^data_invalid: .*\/startsAt/);
      const { body: told } = await subject.ask('/v1/events', { body: ticket('T-bad', { updatedAt: startsAt }) });
      expect(member(told, 'errors', 0, 'detail')).toMatch(/^data_invalid: .*\/updatedAt/);
    },
  );
});
