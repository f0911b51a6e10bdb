import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cleanUp, newFolder, openLog } from '../../connectors/file/test-kit.js';
import { member } from '../../src/api/world.test-support.js';
import { canonicalJson } from '../../src/domain/canonical.js';
import { account, tenant, topics } from '../../src/fixtures.test-support.js';
import { limits } from '../../src/limits.js';
import type { NewRecord, RecordHeader } from '../../src/log/port.js';
import { topicsToOpen } from '../../src/log/topics.js';
import { bytesOf, rawRecord } from './records.test-support.js';
import { BadInputService } from './service.test-support.js';

let subject: BadInputService;
beforeAll(async () => {
  subject = await BadInputService.open();
});
afterAll(() => subject.close());
afterEach(cleanUp);

const header = (name: string, value: string | Uint8Array): RecordHeader => [name, Buffer.from(value)];
const record = (
  id: string,
  headers: readonly RecordHeader[],
  value: string | null = canonicalJson(account(id)),
): NewRecord => ({
  ...rawRecord('account', id, value),
  headers,
});

/** As a dead letter of another record has them. */
const forged: readonly RecordHeader[] = [
  header('__connect.errors.topic', 'support.tickets'),
  header('__connect.errors.exception.class.name', 'too_large'),
  header('tidemark.rejected.position', 'crm.accounts:0:0'),
  header('tidemark.rejected.concern', '{"tenant":"other","kind":null,"id":null,"accountId":null}'),
  header('tidemark.decision', 'discarded'),
  header('tidemark.rejected.kept', 'reference'),
  header('tidemark.entry', 'decision'),
];

describe('headers that a producer has forged', () => {
  it('change nothing of a good record', async () => {
    const [at = ''] = await subject.produce(record('H-good', forged));
    expect(await subject.ok('/v1/accounts/H-good')).toMatchObject({ account: { status: 'present' } });
    expect((await subject.letters()).has(at)).toBe(false);
  });

  it('change nothing of a bad record: reason, concern and headers are its own, also after a restart', async () => {
    const [at = ''] = await subject.produce(record('H-bad', forged, '{'));
    const own = { reason: 'not_json', status: 'open', blocking: true, concern: { tenant, ref: 'account/H-bad' } };
    expect(await subject.letter(at)).toMatchObject(own);
    subject = await subject.reopen();
    const letter = await subject.letter(at);
    expect(letter).toMatchObject(own);
    const headers = member(letter, 'record', 'headers') as readonly { name: string; value: unknown }[];
    expect(headers.map(({ name, value }) => [name, String(bytesOf(value))])).toEqual(
      forged.map(([name, value]) => [name, String(value)]),
    );
  });
});

describe('headers that are too much or no text', () => {
  it('10,000 of them do not keep a record from being applied, nor from being rejected', async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => header(`h${index}`, 'x'));
    const [good = '', bad = ''] = await subject.produce(record('H-many', many), record('H-many-bad', many, '{'));
    expect(await subject.ok('/v1/accounts/H-many')).toMatchObject({ account: { status: 'present' } });
    expect((await subject.letters()).has(good)).toBe(false);
    expect(member(await subject.letter(bad), 'record', 'headers')).toHaveLength(10_000);
  });

  it.each([
    [
      'an attribute that is no UTF-8',
      [header('ce_specversion', '1.0'), header('ce_id', Buffer.of(0xff, 0xfe))],
      'not_utf8',
    ],
    ['another header that is no UTF-8', [header('other', Buffer.of(0xff))], undefined],
    ['an attribute named __proto__', [header('ce___proto__', 'x')], undefined],
    ['a version and nothing else', [header('ce_specversion', '1.0')], 'not_a_cloudevent'],
    ['an empty version', [header('ce_specversion', '')], 'not_a_cloudevent'],
    ['an attribute named data', [header('ce_specversion', '1.0'), header('ce_data', '{}')], 'not_a_cloudevent'],
    ['a name of nothing', [header('', '')], undefined],
  ] as const)('%s', async (what, headers, reason) => {
    const [at = ''] = await subject.produce(record(`H-${what.length}`, headers));
    expect((await subject.letters()).get(at)?.reason).toBe(reason);
  });

  it('of repeated attributes the last counts, in binary mode', async () => {
    const names = { id: 'e-1', source: 's', type: 'account.updated', specversion: '1.0', subject: 'H-binary', tenant };
    const headers = Object.entries(names).map(([name, value]) => header(`ce_${name}`, value));
    await subject.produce(record('H-binary', [header('ce_subject', 'first'), ...headers], '{"id":"H-binary"}'));
    expect(await subject.ok('/v1/accounts/H-binary')).toMatchObject({ account: { value: { id: 'H-binary' } } });
  });

  it.each([-1, 0, 1])('%i beside the limit, in the embedded log', async (beside) => {
    const { log } = await openLog(await newFolder(), { topics: topicsToOpen(topics) });
    const onDisk = await BadInputService.open(log);
    const headers = Array.from({ length: limits.recordHeadersMax + beside }, (_, index) => header(`h${index}`, 'x'));
    const appended = onDisk.produce(record('H-file', headers, '{'));
    if (beside > 0) await expect(appended).rejects.toMatchObject({ code: 'request_too_large' });
    else {
      const letter = await onDisk.letter((await appended)[0] ?? '');
      expect(member(letter, 'record', 'headers')).toHaveLength(limits.recordHeadersMax + beside);
    }
    await onDisk.close();
  });
});

describe('a tombstone', () => {
  const topic = 'crm.accounts';
  const keys: readonly (readonly [string, Uint8Array | null])[] = [
    ['no key', null],
    ['an empty key', new Uint8Array()],
    ['a tenant alone', Buffer.from(tenant)],
    ['an id alone', Buffer.from('/X')],
    ['a tenant and a separator', Buffer.from(`${tenant}/`)],
    ['a broken escape', Buffer.from(`${tenant}/%`)],
    ['an escape that is no UTF-8', Buffer.from(`${tenant}/%ff`)],
    ['bytes that are no UTF-8', Buffer.of(0xff, 0x2f, 0xfe)],
    ['an id that is too long', Buffer.from(`${tenant}/${'x'.repeat(limits.idLengthMax + 1)}`)],
    ['a tenant that is too long', Buffer.from(`${'x'.repeat(limits.idLengthMax + 1)}/X`)],
  ];

  it.each(keys)('with %s is rejected, and its letter keeps the key', async (_what, key) => {
    const [at = ''] = await subject.produce({ topic, key, headers: [], value: null });
    const letter = await subject.letter(at);
    expect(letter).toMatchObject({ reason: 'key_unreadable', record: { value: null } });
    expect(bytesOf(member(letter, 'record', 'key'))).toEqual(key === null ? null : Buffer.from(key));
  });

  it('of an entity nobody has made is applied, and so is the state after it', async () => {
    await subject.produce(rawRecord('account', 'D-1', null));
    expect((await subject.ask('/v1/accounts/D-1')).body).toMatchObject({ accountStatus: 'deleted' });
    await subject.produce(record('D-1', []));
    expect(await subject.ok('/v1/accounts/D-1')).toMatchObject({ account: { status: 'present' } });
  });

  it.each(['control', 'tool', 'decision'] as const)('on a topic of %s events is rejected', async (about) => {
    const [at = ''] = await subject.produce(rawRecord(about, 'X', null));
    expect(await subject.letter(at)).toMatchObject({ reason: 'key_unreadable' });
  });
});
