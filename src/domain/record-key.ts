/**
 * The record key of an entity: `tenant/id`, both percent-encoded (RFC 3986 section 2.1), so that neither can imitate the
 * separator. On a topic with a configured tenant the key is the bare id, as ordinary producers write it.
 */

import { limits } from '../limits.js';

/**
 * How the record keys of a topic are made. `none`: they say nothing, and that all records of an entity lie in one partition is the
 * producers' promise; where it is broken, an unversioned entity is told as `order_unknown` and never folded in an order of chance.
 */
export type KeyForm = 'tenant/id' | 'id' | 'none';

export interface KeyRules {
  /** The tenant of all records of the topic; null when each record names its own. */
  readonly tenant: string | null;
  /** Absent: the bare id where the topic has a tenant, else `tenant/id`. */
  readonly key?: KeyForm | undefined;
}

export function keyFormOf({ tenant, key }: KeyRules): KeyForm {
  return key ?? (tenant === null ? 'tenant/id' : 'id');
}

// A byte order mark is a character of the key like any other: dropping it would make two keys one.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function recordKey(tenant: string, id: string): Uint8Array {
  // Percent-encoded, so every character is one byte.
  return Buffer.from(textOfKey(tenant, id), 'latin1');
}

/** The key under which we append to a topic. Where keys say nothing, ours say what they say elsewhere. */
export function recordKeyOn(rules: KeyRules, tenant: string, id: string): Uint8Array {
  return keyFormOf(rules) === 'id' ? Buffer.from(id) : recordKey(tenant, id);
}

function textOfKey(tenant: string, id: string): string {
  return `${encodeURIComponent(tenant)}/${encodeURIComponent(id)}`;
}

export interface KeyReading {
  readonly tenant: string;
  readonly id: string;
}

/**
 * Undefined when the bytes are no such key, or another spelling of one (`%2f` for `%2F`), which would lie in another partition; or
 * name something longer than an id may be, or another tenant than the topic's.
 */
export function readRecordKey(key: Uint8Array | null, rules: KeyRules): KeyReading | undefined {
  const reading = key === null || key.length === 0 ? undefined : decodeKey(key, rules);
  if (reading === undefined || (rules.tenant !== null && reading.tenant !== rules.tenant)) return undefined;
  return Math.max(reading.id.length, reading.tenant.length) <= limits.idLengthMax ? reading : undefined;
}

/** One separator and nothing that percent-encoding would change (`encodeURIComponent`, ECMA-262): both parts are as they stand. */
const PLAIN_KEY = /^[A-Za-z0-9_.!~*'()-]+\/[A-Za-z0-9_.!~*'()-]+$/;

function decodeKey(key: Uint8Array, rules: KeyRules): KeyReading | undefined {
  const form = keyFormOf(rules);
  if (form === 'none') return undefined;
  try {
    const text = decoder.decode(key);
    if (form === 'id') return rules.tenant === null ? undefined : { tenant: rules.tenant, id: text };
    const slash = text.indexOf('/');
    if (slash <= 0 || slash === text.length - 1) return undefined;
    if (PLAIN_KEY.test(text)) return { tenant: text.slice(0, slash), id: text.slice(slash + 1) };
    const reading = { tenant: decodeURIComponent(text.slice(0, slash)), id: decodeURIComponent(text.slice(slash + 1)) };
    return textOfKey(reading.tenant, reading.id) === text ? reading : undefined;
  } catch {
    return undefined;
  }
}
