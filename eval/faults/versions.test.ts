import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { member } from '../../src/api/world.test-support.js';
import { canonicalJson, type JsonObject } from '../../src/domain/canonical.js';
import { account, patch, remove } from '../../src/fixtures.test-support.js';
import { rawRecord } from './records.test-support.js';
import { BadInputService } from './service.test-support.js';

let subject: BadInputService;
beforeAll(async () => {
  subject = await BadInputService.open();
});
afterAll(() => subject.close());

let made = 0;
const newId = () => `V-${++made}`;
const versioned = (id: string, entityversion: string, name = entityversion) => account(id, { name }, { entityversion });
const nameOf = async (id: string) => member(await subject.ok(`/v1/accounts/${id}`), 'account', 'value', 'name');
const digits = (count: number) => '9'.repeat(count);

describe('entity versions', () => {
  it.each([
    ['9', '10'],
    ['9007199254740992', '9007199254740993'],
    [digits(59), `1${'0'.repeat(59)}`],
    [`${digits(59)}8`, digits(60)],
    ['00000000000000000009', '10'],
    ['16/B374D848', '16/B374D849'],
    ['F/FFFFFFFF', '10/0'],
    ['16/b374d848', '16/B374D84A'],
  ])('%s is older than %s, in whatever order they come', async (older, newer) => {
    const before = await subject.counts();
    const [up, down] = [newId(), newId()];
    await subject.put(versioned(up, older), versioned(down, newer));
    await subject.put(versioned(up, newer), versioned(down, older));
    expect([await nameOf(up), await nameOf(down)]).toEqual([newer, newer]);
    const after = await subject.counts();
    expect(Number(after.superseded) - Number(before.superseded)).toBe(1);
  });

  it('that are equal supersede nothing, whatever the content', async () => {
    const id = newId();
    await subject.put(versioned(id, '7', 'first'));
    await subject.put(versioned(id, '007', 'second'));
    expect(await nameOf(id)).toBe('first');
  });

  it.each([
    ['numbers and LSNs', '5', '0/5'],
    ['LSNs and numbers', '0/5', '6'],
  ])('of one key must be of one form: %s are rejected', async (_what, first, second) => {
    const id = newId();
    await subject.put(versioned(id, first), versioned(id, second));
    expect(await nameOf(id)).toBe(first);
    expect([...(await subject.letters()).values()][0]).toMatchObject({
      reason: 'version_mixed',
      concern: { account: id },
    });
  });

  it.each([
    ['a version after none', '', '5'],
    ['none after a version', '5', ''],
  ])('are given by every event of a key or by none: %s is rejected', async (_what, first, second) => {
    const id = newId();
    const event = (version: string) => (version === '' ? account(id, { name: 'none' }) : versioned(id, version));
    await subject.put(event(first), event(second));
    expect([...(await subject.letters()).values()][0]).toMatchObject({
      reason: 'version_mixed',
      concern: { account: id },
    });
    expect((await subject.ok('/v1/context', { body: { account: id } })).freshness).toMatchObject({
      label: 'incomplete',
    });
  });

  it.each(['-1', '1.5', '1e3', '0x10', '', ' 1', '1 ', '٣', '1/2/3', '/', '123456789/0', 'v9', 'NaN'])(
    '%j is none, at the entrance and in a record',
    async (entityversion) => {
      const event = account(newId(), {}, { entityversion });
      expect((await subject.ask('/v1/events', { body: event })).body).toMatchObject({ code: 'event_rejected' });
      const [at = ''] = await subject.produce(rawRecord('account', String(event.subject), canonicalJson(event)));
      expect((await subject.letter(at)).reason).toMatch(/^(version_malformed|attribute_invalid)$/);
    },
  );

  it.each([5, 2 ** 53, true, [], {}])('%j is no text, so it is none', async (entityversion) => {
    const event: JsonObject = { ...account(newId()), entityversion };
    expect((await subject.ask('/v1/events', { body: event })).body).toMatchObject({ code: expect.stringMatching(/./) });
    const [at = ''] = await subject.produce(rawRecord('account', String(event.subject), JSON.stringify(event)));
    expect((await subject.letter(at)).reason).toMatch(/^(attribute_invalid|number_not_exact)$/);
  });

  it('keep a delete: an older state and an older patch do not bring the entity back', async () => {
    const id = newId();
    await subject.put(versioned(id, '1'), remove('account', id, { entityversion: '10' }));
    await subject.put(versioned(id, '9'), patch('account', id, { name: 'x' }, { entityversion: '9' }));
    expect((await subject.ask(`/v1/accounts/${id}`)).body).toMatchObject({ accountStatus: 'deleted' });
  });
});
