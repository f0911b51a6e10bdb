import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { account, cloudEvent, patch, policy, remove, tenant, ticket } from '../fixtures.test-support.js';
import { limits } from '../limits.js';
import { canonicalJson, type JsonObject } from './canonical.js';
import type { RawRecord } from './envelope.js';
import { type Parsed, parseRecord, type TopicRules } from './parse.js';
import { recordKey } from './record-key.js';
import { rejectionAdvice } from './rejection.js';

const tickets: TopicRules = { about: 'ticket', tenant: null };
const bytes = (text: string) => new TextEncoder().encode(text);

function structured(body: JsonObject | string, more: Partial<RawRecord> = {}): RawRecord {
  const value = bytes(typeof body === 'string' ? body : canonicalJson(body));
  return { key: keyFor(typeof body === 'string' ? {} : body), headers: [], value, ...more };
}

/** The key an event's record must have. */
function keyFor({ subject = 'T-1', tenant: named = tenant }: JsonObject): Uint8Array {
  return recordKey(String(named), String(subject));
}

function binary({ data, ...attributes }: JsonObject): RawRecord {
  const headers = Object.entries(attributes).map(([name, value]) => [`ce_${name}`, bytes(String(value))] as const);
  return { key: keyFor(attributes), headers, value: bytes(canonicalJson(data)) };
}

const reasonOf = (parsed: Parsed) => (parsed.kind === 'rejected' ? parsed.rejection.reason : 'understood');
const concernOf = (parsed: Parsed) => (parsed.kind === 'rejected' ? parsed.concern : undefined);
const eventOf = (parsed: Parsed) => (parsed.kind === 'event' ? parsed.event : undefined);

const rules = fc.constantFrom<TopicRules>(
  tickets,
  { about: 'policy', tenant: 'acme' },
  { about: null, tenant: null },
  { about: 'tool', tenant: null },
);
const key = fc.option(fc.uint8Array({ maxLength: 40 }));

describe('parsing never throws', () => {
  const header = fc.tuple(
    fc.constantFrom('ce_specversion', 'ce_id', 'ce_subject', 'x'),
    fc.uint8Array({ maxLength: 8 }),
  );

  it('on arbitrary bytes, keys and headers: it gives an event or a reason from the closed list', () => {
    const record = fc.record({ key, headers: fc.array(header), value: fc.option(fc.uint8Array({ maxLength: 200 })) });
    fc.assert(
      fc.property(record, rules, (raw, rule) => {
        const reason = reasonOf(parseRecord(raw, rule));
        expect(reason === 'understood' || Object.hasOwn(rejectionAdvice, reason)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('on any JSON in the place of any attribute or of the data', () => {
    const names = ['id', 'source', 'type', 'subject', 'tenant', 'time', 'op', 'entityversion', 'data', '__proto__'];
    const members = fc.dictionary(fc.constantFrom(...names), fc.jsonValue());
    fc.assert(
      fc.property(members, rules, (found, rule) => {
        const text = JSON.stringify({ ...ticket('T-1'), ...found });
        expect(['event', 'rejected']).toContain(parseRecord(structured(text), rule).kind);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('an event', () => {
  it('is the same in structured and in binary mode, but for the digest of its bytes', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter((id) => id.isWellFormed());
    fc.assert(
      fc.property(text, text, fc.constantFrom('upsert', 'patch', 'delete'), (id, note, op) => {
        const body = cloudEvent('ticket', id, { accountId: 'A-1', note }, { id: note, op, entityversion: '7' });
        const { digest: one, ...first } = eventOf(parseRecord(structured(body), tickets)) as never as {
          digest: string;
        };
        const { digest: two, ...second } = eventOf(parseRecord(binary(body), tickets)) as never as { digest: string };
        expect(second).toEqual(first);
        expect(one).not.toBe(two);
      }),
    );
  });

  it('keeps a byte order mark of its id apart from the id without one, in both modes', () => {
    const body = ticket('\uFEFFT-1');
    for (const record of [structured(body), binary(body)]) {
      expect(eventOf(parseRecord(record, tickets))).toMatchObject({ key: { id: '\uFEFFT-1' } });
    }
  });

  it('takes its subject from the data, and the data its id from the subject', () => {
    const { subject, ...bare } = ticket('T-1');
    expect(eventOf(parseRecord(structured(bare), tickets))).toMatchObject({ key: { id: subject as string } });
    const nameless = { ...ticket('T-1'), data: { accountId: 'A-1' } };
    expect(eventOf(parseRecord(structured(nameless), tickets))).toMatchObject({ change: { data: { id: 'T-1' } } });
  });

  it('has the tenant of its attribute, else of the topic', () => {
    const { tenant: _, ...bare } = ticket('T-1');
    expect(eventOf(parseRecord(structured(ticket('T-1')), tickets))).toMatchObject({ tenant });
    const ofTopic = parseRecord(structured(bare, { key: bytes('T-1') }), { about: 'ticket', tenant: 'b' });
    expect(eventOf(ofTopic)).toMatchObject({ tenant: 'b' });
    expect(reasonOf(parseRecord(structured(bare), tickets))).toBe('tenant_missing');
    const elsewhere = parseRecord(structured(ticket('T-1')), { about: 'ticket', tenant: 'b' });
    expect(reasonOf(elsewhere)).toBe('tenant_mismatch');
    expect(concernOf(elsewhere)).toMatchObject({ tenant: 'b' });
  });

  it.each([
    ['no key', null],
    ["another entity's key", recordKey(tenant, 'T-2')],
    ["another tenant's key", recordKey('b', 'T-1')],
    ['another spelling of its key', bytes(`${tenant}/%54-1`)],
  ])('under %s has no order among its own, is not folded, and concerns no key', (_, key) => {
    const parsed = parseRecord(structured(ticket('T-1'), { key }), tickets);
    expect(reasonOf(parsed)).toBe('key_mismatch');
    expect(concernOf(parsed)).toEqual({ tenant, kind: 'ticket', id: null, accountId: 'A-1' });
  });

  it('of an interaction needs no entity', () => {
    const body = { id: '1', source: 's', specversion: '1.0', type: 'task.started', tenant, correlationid: 'w-1' };
    expect(eventOf(parseRecord(structured(body), { about: 'control', tenant: null }))).toMatchObject({
      about: 'interaction',
      subject: 'w-1',
    });
  });
});

describe('bad input gets its reason', () => {
  const with_ = (more: JsonObject) => structured(ticket('T-1', {}, more));
  const long = (length: number) => 'x'.repeat(length);
  const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

  it.each<[reason: string, RawRecord]>([
    ['not_utf8', structured('', { value: Uint8Array.of(0xff) })],
    ['not_utf8', { ...binary(ticket('T-1')), headers: [['ce_specversion', Uint8Array.of(0xff)]] }],
    ['not_json', structured('{')],
    ['too_deep', structured(deep(10_000))],
    ['too_large', structured(long(limits.eventBytesMax + 1))],
    ['malformed_unicode', structured('{"id":"\\ud800"}')],
    ['number_not_exact', structured('{"n":9007199254740993}')],
    ['not_a_cloudevent', structured('[]')],
    ['not_a_cloudevent', with_({ source: '' })],
    ['specversion_unsupported', with_({ specversion: '0.3' })],
    ['attribute_invalid', with_({ id: long(limits.idLengthMax + 1) })],
    ['attribute_invalid', with_({ correlationid: 7 })],
    ['kind_unknown', with_({ type: 'invoice.paid' })],
    ['kind_unknown', with_({ type: '__proto__.x' })],
    ['kind_of_another_topic', structured(account('A-1'))],
    ['subject_mismatch', with_({ subject: 'T-2' })],
    ['time_invalid', with_({ time: '2026-02-30T00:00:00Z' })],
    ['op_unknown', with_({ op: 'merge' })],
    ['version_malformed', with_({ entityversion: '1.5' })],
    ['version_malformed', with_({ entityversion: long(limits.versionDigitsMax + 1).replaceAll('x', '1') })],
    ['data_missing', with_({ data: 'text' })],
    ['data_missing', structured(cloudEvent('ticket', 'T-1', null))],
    ['data_invalid', with_({ data: { id: 'T-1' } })],
    ['key_unreadable', { key: null, headers: [], value: null }],
    ['key_unreadable', { key: bytes('acme/%zz'), headers: [], value: null }],
    ['key_unreadable', { key: recordKey(tenant, long(limits.idLengthMax + 1)), headers: [], value: null }],
  ])('%s', (reason, record) => {
    expect(reasonOf(parseRecord(record, tickets))).toBe(reason);
  });

  it('subject_missing, where neither the subject nor the data names one', () => {
    const { subject: _, ...body } = remove('ticket', 'T-1');
    expect(reasonOf(parseRecord(structured(body), tickets))).toBe('subject_missing');
  });

  it('at each limit the last legal length is still understood', () => {
    const fits = [{ id: long(limits.idLengthMax) }, { entityversion: '1'.repeat(limits.versionDigitsMax) }];
    for (const more of fits) expect(reasonOf(parseRecord(with_(more), tickets))).toBe('understood');
    const room = limits.eventBytesMax - canonicalJson(ticket('T-1', { body: '' }, { id: 'e' })).length;
    const largest = structured(ticket('T-1', { body: long(room) }, { id: 'e' }));
    expect(largest.value).toHaveLength(limits.eventBytesMax);
    expect(reasonOf(parseRecord(largest, tickets))).toBe('understood');
  });

  it('with a detail that fits a header, however long the names it points at', () => {
    const parsed = parseRecord(structured(`{"${long(100_000)}":1e999}`), tickets);
    expect(parsed.kind === 'rejected' && parsed.rejection.detail.length).toBe(limits.rejectionDetailMax);
  });

  it('without repeating what the customer wrote', () => {
    const secret = 'SSN 078-05-1120';
    const parsed = parseRecord(with_({ data: { id: 'T-1', accountId: 7, body: secret } }), tickets);
    expect(JSON.stringify(parsed)).not.toContain(secret);
  });
});

describe('whom a rejected record concerns', () => {
  it('is read from its key when the value cannot be read', () => {
    const concern = { tenant, kind: 'ticket', id: 'T-1', accountId: null };
    expect(concernOf(parseRecord(structured('{'), tickets))).toEqual(concern);
    expect(concernOf(parseRecord(structured('{', { key: null }), tickets))).toMatchObject({ tenant: null, id: null });
  });

  it('is read from its body when that is JSON, with the account it names', () => {
    const broken = structured(ticket('T-9', {}, { time: 'yesterday' }), { key: null });
    expect(concernOf(parseRecord(broken, tickets))).toEqual({ tenant, kind: 'ticket', id: 'T-9', accountId: 'A-1' });
  });

  it('is an account itself, for events about accounts', () => {
    const broken = parseRecord(structured(patch('account', 'A-7', { id: 'A-8' })), { about: 'account', tenant: null });
    expect(concernOf(broken)).toMatchObject({ kind: 'account', id: 'A-7', accountId: 'A-7' });
  });

  it('names nobody by a text that is too long for an id', () => {
    const huge = 'x'.repeat(100_000);
    const broken = parseRecord(structured(ticket('T-1', { accountId: huge, subject: 7 })), tickets);
    expect(concernOf(broken)).toMatchObject({ id: 'T-1', accountId: null });
    const unnamed = parseRecord(structured({ ...policy('P-1'), subject: huge }, { key: recordKey(tenant, 'T-1') }), {
      about: 'policy',
      tenant: null,
    });
    expect(concernOf(unnamed)).toMatchObject({ id: 'T-1' });
  });
});
