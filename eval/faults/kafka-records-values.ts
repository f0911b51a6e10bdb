/** Record values: none, cut off, in other encodings, with members nobody expects and types that have drifted. */
import type { JsonObject, JsonValue } from '../../src/domain/canonical.js';
import type { Kind } from '../../src/domain/kinds/index.js';
import { tenant } from '../../src/fixtures.test-support.js';
import { limits } from '../../src/limits.js';
import { type CasePlan, type CaseRecord, type Expected, event, plan, raw, state, tombstone } from './kafka-records.js';
import { fullState } from './records.test-support.js';

const wholeText = (id: string) => JSON.stringify(fullState('account', id));

/** Of the text of a good record. */
const encodings: readonly (readonly [what: string, of: (text: string) => Uint8Array, expected: Expected])[] = [
  ['under the schema id of a registry', (text) => Buffer.from(`\0\0\0\0\u0007${text}`), 'not_json'],
  [
    'under a schema id of ones',
    (text) => Buffer.concat([Buffer.of(0, 255, 255, 255, 255), Buffer.from(text)]),
    'not_utf8',
  ],
  ['under a magic byte nobody knows', (text) => Buffer.from(`\u0001\0\0\0\u0001${text}`), 'not_json'],
  ['under the header of a schema store', (text) => Buffer.from(`\u0003\0${'\u0011'.repeat(16)}${text}`), 'not_json'],
  ['as Avro', () => Buffer.of(0, 0, 0, 0, 1, 6, 0x61, 0x62, 0x63, 2), 'not_json'],
  ['as protocol buffers', () => Buffer.of(0x0a, 3, 0x61, 0x62, 0x63, 0x10, 0x96, 1), 'not_utf8'],
  ['as MessagePack', () => Buffer.of(0x81, 0xa2, 0x69, 0x64, 0xa1, 0x31), 'not_utf8'],
  ['as CBOR', () => Buffer.of(0xa1, 0x62, 0x69, 0x64, 0x61, 0x31), 'not_utf8'],
  ['packed by its producer', () => Buffer.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0), 'not_utf8'],
  ['in UTF-16 with a byte order mark', (text) => Buffer.from(`\ufeff${text}`, 'utf16le'), 'not_utf8'],
  ['in UTF-16', (text) => Buffer.from(text, 'utf16le'), 'not_json'],
  ['in Latin-1', (text) => Buffer.from(text.replace('pro', 'é'), 'latin1'), 'not_utf8'],
  ['in base64', (text) => Buffer.from(Buffer.from(text).toString('base64')), 'not_json'],
  ['as a text of JSON in JSON', (text) => Buffer.from(JSON.stringify(text)), 'not_a_cloudevent'],
  ['with a NUL behind it', (text) => Buffer.from(`${text}\0`), 'not_json'],
  ['twice', (text) => Buffer.from(text + text), 'not_json'],
  ['with a comment', (text) => Buffer.from(`/* x */${text}`), 'not_json'],
];

const plain: readonly (readonly [value: string, expected: Expected])[] = [
  ['null', 'not_a_cloudevent'],
  ['', 'not_json'],
  [' ', 'not_json'],
  ['true', 'not_a_cloudevent'],
  ['0', 'not_a_cloudevent'],
  ['"null"', 'not_a_cloudevent'],
  ['[]', 'not_a_cloudevent'],
  ['{}', 'not_a_cloudevent'],
  ['NaN', 'not_json'],
  ['undefined', 'not_json'],
];

/** Types that have drifted from what a kind asks for, and some that are allowed. */
const drifted: readonly (readonly [Kind, JsonObject, Expected])[] = [
  ['account', { id: 7 }, 'subject_mismatch'],
  ['account', { id: null }, 'subject_mismatch'],
  ['account', { name: 7 }, 'data_invalid'],
  ['account', { plan: {} }, 'data_invalid'],
  ['account', { region: [] }, 'data_invalid'],
  ['account', { status: true }, 'data_invalid'],
  ['account', { name: null }, 'applied'],
  ['ticket', { accountId: 7 }, 'data_invalid'],
  ['ticket', { accountId: null }, 'data_invalid'],
  ['ticket', { accountId: '' }, 'data_invalid'],
  ['ticket', { subject: 7 }, 'data_invalid'],
  ['ticket', { comments: 'none' }, 'data_invalid'],
  ['ticket', { comments: [1] }, 'data_invalid'],
  ['ticket', { updatedAt: 1_772_000_000 }, 'data_invalid'],
  ['ticket', { updatedAt: 'yesterday' }, 'data_invalid'],
  ['entitlement', { product: 7 }, 'data_invalid'],
  ['entitlement', { accountId: [] }, 'data_invalid'],
  ['entitlement', { endsAt: false }, 'data_invalid'],
];

const unknown: readonly (readonly [what: string, data: JsonObject, attributes: JsonObject, Expected])[] = [
  ['a member of data', { colour: 'blue' }, {}, 'applied'],
  ['a word for the status', { status: 'QUANTUM' }, {}, 'applied'],
  ['a member named __proto__', JSON.parse('{"__proto__":{"plan":"x"}}'), {}, 'applied'],
  ['an attribute', {}, { colour: 'blue' }, 'applied'],
  ['an attribute of an object', {}, { colour: { red: 1 } }, 'applied'],
  ['a word for the change', {}, { op: 'merge' }, 'op_unknown'],
  ['a change in capitals', {}, { op: 'DELETE' }, 'op_unknown'],
  ['a change that is a number', {}, { op: 1 }, 'attribute_invalid'],
];

const noData: readonly JsonValue[] = [null, [], 'text', 7];

const written: readonly (readonly [what: string, text: string, Expected])[] = [
  ['a number past 2^53', '9007199254740993', 'number_not_exact'],
  ['a number past all doubles', '1e400', 'number_not_exact'],
  ['half a surrogate pair', '"\\ud800"', 'malformed_unicode'],
  ['a tab that is not escaped', '"\t"', 'not_json'],
  ['levels without end', '['.repeat(10_000) + ']'.repeat(10_000), 'too_deep'],
  ['one level too many', '['.repeat(limits.jsonDepthMax - 1) + ']'.repeat(limits.jsonDepthMax - 1), 'too_deep'],
  ['as many levels as may be', '['.repeat(limits.jsonDepthMax - 2) + ']'.repeat(limits.jsonDepthMax - 2), 'applied'],
  ['a name that stands twice', '1,"note":2', 'applied'],
  ['an escaped NUL', '"\\u0000"', 'applied'],
];

function withNote(id: string, text: string, expected: Expected): CaseRecord {
  return raw('account', id, JSON.stringify(fullState('account', id, { note: '@' })).replace('"@"', text), expected);
}

const leavesOf = (expected: Expected) => (expected === 'applied' ? {} : 'nothing');

export const valueCases: readonly CasePlan[] = [
  plan('null bytes: a tombstone', 'account', 'deleted', (id) => [
    state(id, 'applied'),
    tombstone('account', id, 'applied'),
  ]),
  plan('a tombstone of what nobody has made, and a state after it', 'account', { plan: 'pro' }, (id) => [
    tombstone('account', id, 'applied'),
    state(id, 'applied'),
  ]),
  ...plain.map(([value, expected]) =>
    plan(`the text ${JSON.stringify(value)} after a state`, 'account', { plan: 'pro' }, (id) => [
      state(id, 'applied'),
      raw('account', id, value, expected),
    ]),
  ),
  ...[1, 2, 0.1, 0.5, 0.9, 0.99].map((part) =>
    plan(`a value cut off at ${part}`, 'account', 'nothing', (id) => {
      const text = wholeText(id);
      return raw('account', id, text.slice(0, Number.isInteger(part) ? part : part * text.length), 'not_json');
    }),
  ),
  ...encodings.map(([what, of, expected]) =>
    plan(`a value ${what}`, 'account', 'nothing', (id) => raw('account', id, of(wholeText(id)), expected)),
  ),
  plan('a byte order mark before the text', 'account', {}, (id) =>
    raw('account', id, `\ufeff${wholeText(id)}`, 'applied'),
  ),
  ...drifted.map(([kind, data, expected]) =>
    plan(`${kind} data with ${JSON.stringify(data)}`, kind, leavesOf(expected), (id) =>
      event(kind, id, fullState(kind, id, data, { subject: id }), expected),
    ),
  ),
  ...unknown.map(([what, data, attributes, expected]) =>
    plan(`unknown: ${what}`, 'account', leavesOf(expected), (id) => state(id, expected, data, attributes)),
  ),
  ...noData.map((data) =>
    plan(`data that is ${JSON.stringify(data)}`, 'account', 'nothing', (id) => state(id, 'data_missing', {}, { data })),
  ),
  ...written.map(([what, text, expected]) =>
    plan(`a value with ${what}`, 'account', leavesOf(expected), (id) => withNote(id, text, expected)),
  ),
  plan('a patch of what nobody has made', 'account', 'nothing', (id) =>
    state(id, 'patch_of_unknown_entity', {}, { op: 'patch' }),
  ),
  plan('a patch that takes away what is required', 'ticket', { accountId: 'A-1' }, (id) => [
    event('ticket', id, fullState('ticket', id), 'applied'),
    event(
      'ticket',
      id,
      { ...fullState('ticket', id, {}, { id: `p-${id}`, op: 'patch', tenant }), data: { accountId: null } },
      'data_invalid',
    ),
  ]),
];
