/** Record keys: none, empty, of bytes, of another spelling, of somebody else. */
import { recordKey } from '../../src/domain/record-key.js';
import { tenant } from '../../src/fixtures.test-support.js';
import { limits } from '../../src/limits.js';
import { type CasePlan, plan, state, tombstone } from './kafka-records.js';

const long = 'x'.repeat(limits.idLengthMax + 1);

/** None of them names an entity. */
const unreadable: readonly (readonly [what: string, key: (id: string) => Uint8Array | null])[] = [
  ['no key', () => null],
  ['an empty key', () => new Uint8Array()],
  ['a tenant alone', () => Buffer.from(tenant)],
  ['an id alone', (id) => Buffer.from(`/${id}`)],
  ['a tenant and a separator', () => Buffer.from(`${tenant}/`)],
  ['a broken escape', () => Buffer.from(`${tenant}/%`)],
  ['an escape that is no UTF-8', () => Buffer.from(`${tenant}/%ff`)],
  ['bytes that are no UTF-8', () => Buffer.of(0xff, 0x2f, 0xfe)],
  ['an id that is too long', () => Buffer.from(`${tenant}/${long}`)],
  ['a tenant that is too long', (id) => Buffer.from(`${long}/${id}`)],
  ['an escape in small letters', (id) => Buffer.from(`${tenant}/${id}%2f`)],
  ['a separator in the id', (id) => Buffer.from(`${tenant}/${id}/x`)],
  ['letters that were to be escaped', (id) => Buffer.from(`${tenant}/${id}é`)],
  ['a byte order mark', (id) => Buffer.from(`\ufeff${tenant}/${id}`)],
  ['a key as JSON', (id) => Buffer.from(JSON.stringify({ tenant, id }))],
  ['a number of four bytes', () => Buffer.of(0, 0, 1, 2)],
  ['a key under a schema id', (id) => Buffer.concat([Buffer.of(0, 0, 0, 0, 7), Buffer.from(`${tenant}/${id}`)])],
];

const others: readonly (readonly [what: string, key: (id: string) => Uint8Array])[] = [
  ['of another tenant', (id) => recordKey('other', id)],
  ['of another entity', (id) => recordKey(tenant, `${id}-other`)],
  ['of tenant and id changed about', (id) => recordKey(id, tenant)],
];

export const keyCases: readonly CasePlan[] = [
  ...unreadable.map(([what, key]) =>
    plan(`a tombstone with ${what}`, 'account', 'nothing', (id) => ({
      ...tombstone('account', id, 'key_unreadable'),
      key: key(id),
    })),
  ),
  ...unreadable.map(([what, key]) =>
    plan(`a state with ${what}`, 'account', 'nothing', (id) => ({ ...state(id, 'key_mismatch'), key: key(id) })),
  ),
  ...others.map(([what, key]) =>
    plan(`a state under a key ${what}`, 'account', { name: 'mine' }, (id) => [
      state(id, 'applied', { name: 'mine' }),
      { ...state(id, 'key_mismatch', { name: 'theirs' }), key: key(id) },
    ]),
  ),
  ...others.map(([what, key]) =>
    plan(`a tombstone under a key ${what}`, 'account', { name: 'mine' }, (id) => [
      state(id, 'applied', { name: 'mine' }),
      // It takes back what its key names, and nobody has made that.
      { ...tombstone('account', id, 'applied'), key: key(id) },
    ]),
  ),
  plan('an event of another tenant under the key of ours', 'account', 'nothing', (id) =>
    state(id, 'key_mismatch', {}, { tenant: 'other' }),
  ),
  ...['control', 'tool', 'decision'].map((about) =>
    plan(`a tombstone on a topic of ${about} events`, 'account', 'nothing', (id) => ({
      ...tombstone('account', id, 'key_unreadable'),
      about: about as 'control' | 'tool' | 'decision',
    })),
  ),
];
