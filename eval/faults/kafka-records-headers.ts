/** Headers: forged ones of ours and of others, too many, repeated, and such as are no text. */

import { limits } from '../../src/limits.js';
import type { RecordHeader } from '../../src/log/port.js';
import { binary, type CasePlan, type CaseRecord, type Expected, header, plan, raw, state } from './kafka-records.js';

const sets: Readonly<Record<string, readonly RecordHeader[]>> = {
  'of a dead letter of Connect': [
    header('__connect.errors.topic', 'support.tickets'),
    header('__connect.errors.partition', '7'),
    header('__connect.errors.offset', '7'),
    header('__connect.errors.exception.class.name', 'too_large'),
    header('__connect.errors.exception.message', 'forged'),
  ],
  'of a dead letter of ours': [
    header('tidemark.rejected.position', 'crm.accounts:0:0'),
    header('tidemark.rejected.concern', '{"tenant":"other","kind":null,"id":null,"accountId":null}'),
    header('tidemark.rejected.incarnation', '{"id":"forged","ordinal":9}'),
    header('tidemark.rejected.leaderepoch', '99'),
    header('tidemark.rejected.kept', 'reference'),
    header('tidemark.entry', 'letter'),
  ],
  'of a decision': [header('tidemark.decision', 'discarded'), header('tidemark.entry', 'decision')],
  'of a lapse': [header('tidemark.decision.position', 'copilot.rejected:0:0'), header('tidemark.entry', 'lapse')],
  'of a retry topic': [header('retry_topic-attempts', '99'), header('retry_topic-original-timestamp', '-1')],
  'of another framework for dead letters': [
    header('kafka_dlt-original-topic', 'elsewhere'),
    header('kafka_dlt-original-offset', Buffer.of(0, 0, 0, 0, 0, 0, 0, 7)),
    header('kafka_dlt-exception-stacktrace', 'at x '.repeat(2_000)),
  ],
  'of a trace': [
    header('traceparent', '00-ffffffffffffffffffffffffffffffff-ffffffffffffffff-ff'),
    header('tracestate', 'x'),
  ],
  'of a broken trace': [
    header('traceparent', '\r\nx-evil: 1'),
    header('traceparent', Buffer.of(0xff)),
    header('b3', '0'),
  ],
  'of a tenant': [header('tenant', 'other'), header('ce-tenant', 'other'), header('x-tenant', 'other')],
  'of objects': [header('__proto__', 'x'), header('constructor', 'x'), header('toString', '')],
  'of no name': [header('', ''), header(' ', ' '), header('\0', '\0')],
  'no text': [header('bytes', Buffer.of(0xff, 0xfe, 0)), header('more', Buffer.alloc(1_000, 0x80))],
  'that repeat': Array.from({ length: 200 }, (_, index) => header('again', String(index))),
  'of a schema': [header('value.schema.id', Buffer.of(0, 0, 0, 9)), header('content-type', 'application/octet-stream')],
};

const many = (count: number, bytes = 1): readonly RecordHeader[] =>
  Array.from({ length: count }, (_, index) => header(`h${index}`, 'x'.repeat(bytes)));

const wide = (beside: number): readonly RecordHeader[] => [
  header('w', 'x'.repeat(limits.recordHeaderBytesMax - 1 + beside)),
];

function beyond(id: string, headers: readonly RecordHeader[]): CaseRecord {
  return { ...state(id, 'too_large'), headers, isBeyondFrame: true };
}

/** Headers of CloudEvents in binary mode, added to those of a good event. */
const attributes: readonly (readonly [what: string, readonly RecordHeader[], Expected])[] = [
  ['an attribute that is no UTF-8', [header('ce_other', Buffer.of(0xff))], 'not_utf8'],
  ['an attribute named __proto__', [header('ce___proto__', 'x')], 'applied'],
  ['an attribute named data', [header('ce_data', '{}')], 'applied'],
  ['an attribute without a name', [header('ce_', 'x')], 'applied'],
  ['another specversion, later', [header('ce_specversion', '0.3')], 'specversion_unsupported'],
  ['another tenant, later', [header('ce_tenant', 'other')], 'key_mismatch'],
  ['an empty id, later', [header('ce_id', '')], 'not_a_cloudevent'],
  ['a time that is none', [header('ce_time', 'now')], 'time_invalid'],
];

export const headerCases: readonly CasePlan[] = [
  ...Object.entries(sets).flatMap(([what, headers]) => [
    plan(`headers ${what}, of a good record`, 'account', {}, (id) => ({ ...state(id, 'applied'), headers })),
    plan(`headers ${what}, of a bad record`, 'account', 'nothing', (id) => ({
      ...raw('account', id, '{', 'not_json'),
      headers,
    })),
  ]),
  ...attributes.map(([what, added, expected]) =>
    plan(what, 'account', expected === 'applied' ? {} : 'nothing', (id) => {
      const whole = binary(id, expected);
      return { ...whole, headers: [...whole.headers, ...added] };
    }),
  ),
  plan('an attribute that stands before and counts no longer', 'account', {}, (id) => {
    const whole = binary(id, 'applied');
    return { ...whole, headers: [header('ce_subject', 'first'), ...whole.headers] };
  }),
  plan('a specversion and nothing else', 'account', 'nothing', (id) => ({
    ...state(id, 'not_a_cloudevent'),
    headers: [header('ce_specversion', '1.0')],
  })),
  plan('as many headers as may be', 'account', {}, (id) => ({
    ...state(id, 'applied'),
    headers: many(limits.recordHeadersMax),
  })),
  plan('one header too many', 'account', 'nothing', (id) => beyond(id, many(limits.recordHeadersMax + 1))),
  plan('10,000 headers', 'account', 'nothing', (id) => beyond(id, many(10_000))),
  plan('as many bytes of headers as may be', 'account', {}, (id) => ({ ...state(id, 'applied'), headers: wide(0) })),
  plan('one byte of headers too many', 'account', 'nothing', (id) => beyond(id, wide(1))),
];
