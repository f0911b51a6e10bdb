import { describe, expect, it } from 'vitest';
import { tenant, ticket } from '../fixtures.test-support.js';
import { canonicalJson, type JsonObject } from './canonical.js';
import type { RawRecord } from './envelope.js';
import { type Parsed, parseRecord, type TopicRules } from './parse.js';
import type { Position } from './position.js';
import { recordKey } from './record-key.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const header = (name: string, value: string) => [name, bytes(value)] as const;
const tickets: TopicRules = { about: 'ticket', tenant: null };
const bare: TopicRules = { about: 'ticket', tenant: 'acme', format: 'json' };
const data = { id: 'T-1', accountId: 'A-1', subject: 'Refund?', status: 'open' };

function record(body: JsonObject, headers: RawRecord['headers'], more: Partial<RawRecord> = {}): RawRecord {
  return { key: recordKey(tenant, 'T-1'), headers, value: bytes(canonicalJson(body)), ...more };
}

function placed(offset: bigint, body: JsonObject = data, more: Partial<RawRecord> = {}): RawRecord {
  const incarnation = { id: 'i-1', ordinal: 1 };
  const position: Position = { topic: 'tickets', incarnation, partition: 2, leaderEpoch: 5, offset };
  return record(body, [], { key: bytes('T-1'), position, ...more });
}

const eventOf = (parsed: Parsed) => (parsed.kind === 'event' ? parsed.event : parsed.rejection);
const binaryHeaders = (...more: RawRecord['headers']) => [
  header('ce_specversion', '1.0'),
  header('ce_id', 'e-1'),
  header('ce_source', '/crm'),
  header('ce_type', 'ticket.updated'),
  header('ce_tenant', tenant),
  ...more,
];

describe('a record in binary mode', () => {
  it('carries correlation in its headers, and of a header that is repeated the last one counts', () => {
    const headers = binaryHeaders(
      header('content-type', 'application/json'),
      header('ce_id', 'e-2'),
      header('ce_correlationid', 'w-1'),
      header('ce_traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'),
      header('traceparent', 'not read here'),
    );
    expect(eventOf(parseRecord(record(data, headers), tickets))).toMatchObject({
      id: 'e-2',
      source: '/crm',
      correlationId: 'w-1',
      key: { tenant, kind: 'ticket', id: 'T-1' },
    });
  });
});

describe('a record in structured mode', () => {
  it.each(['content-type', 'Content-Type'])('is told by %s, even beside headers of another event', (name) => {
    const body = ticket('T-1', {}, { id: 'inner' });
    const headers = binaryHeaders(header(name, 'Application/CloudEvents+JSON; charset=UTF-8'));
    expect(eventOf(parseRecord(record(body, headers), tickets))).toMatchObject({ id: 'inner' });
  });

  it('is one event: a batch is none', () => {
    const headers = [header('content-type', 'application/cloudevents-batch+json')];
    const batch = record({}, headers, { value: bytes('[]') });
    expect(eventOf(parseRecord(batch, tickets))).toMatchObject({ reason: 'not_a_cloudevent' });
  });
});

describe('bare data', () => {
  it('is no event unless its topic says that it may be', () => {
    expect(eventOf(parseRecord(record(data, []), tickets))).toMatchObject({ reason: 'not_a_cloudevent' });
  });

  it('is the full state of its entity, named by the place of the record', () => {
    expect(eventOf(parseRecord(placed(9n), bare))).toMatchObject({
      about: 'entity',
      source: 'tickets/i-1',
      id: '2:9:5',
      time: null,
      version: null,
      key: { tenant: 'acme', kind: 'ticket', id: 'T-1' },
      change: { op: 'upsert', data },
    });
  });

  it('that is the same at another place is another event: an entity may return to what it was', () => {
    const [first, again] = [placed(9n), placed(10n)].map((one) => parseRecord(one, bare));
    expect(first).not.toEqual(again);
    expect(parseRecord(placed(9n), bare)).toEqual(first);
  });

  it('takes its id from the key, and its tenant too where keys name one', () => {
    const { id: _, ...nameless } = data;
    expect(eventOf(parseRecord(placed(9n, nameless), bare))).toMatchObject({ key: { id: 'T-1' } });
    const shared: TopicRules = { about: 'ticket', tenant: null, format: 'json' };
    const keyed = placed(9n, nameless, { key: recordKey('beta', 'T-7') });
    expect(eventOf(parseRecord(keyed, shared))).toMatchObject({ key: { tenant: 'beta', id: 'T-7' } });
  });

  it('lies beside CloudEvents of both modes, each read as what it says it is', () => {
    const { tenant: _, ...event } = ticket('T-1', {}, { id: 'mine' });
    expect(eventOf(parseRecord(placed(9n, event), bare))).toMatchObject({ id: 'mine' });
    const headers = binaryHeaders().filter(([name]) => name !== 'ce_tenant');
    expect(eventOf(parseRecord(placed(9n, data, { headers }), bare))).toMatchObject({ id: 'e-1' });
  });

  it('of the wrong shape has its reason', () => {
    expect(eventOf(parseRecord(placed(9n, { ...data, id: 7 }), bare))).toMatchObject({ reason: 'subject_mismatch' });
    expect(eventOf(parseRecord(placed(9n, { id: 'T-1' }), bare))).toMatchObject({ reason: 'data_invalid' });
  });
});

describe('where keys say nothing', () => {
  const keyless: TopicRules = { about: 'ticket', tenant: 'acme', key: 'none', format: 'json' };

  it('an entity is named by its event alone, whatever the key is', () => {
    for (const key of [null, bytes('7'), Uint8Array.of(0xff)]) {
      expect(eventOf(parseRecord(placed(9n, data, { key }), keyless))).toMatchObject({ key: { id: 'T-1' } });
    }
  });

  it('a null value names nobody', () => {
    const parsed = parseRecord(placed(9n, data, { value: null }), keyless);
    expect(eventOf(parsed)).toMatchObject({ reason: 'key_unreadable' });
    expect(parsed).toMatchObject({ concern: { tenant: 'acme', kind: 'ticket', id: null } });
  });
});
