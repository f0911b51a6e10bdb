/** Addresses of the state store and of the retrieval index, as settings write them. A fault never repeats the address. */
import { type AddressReading, credentials, hostAndPort } from './addresses.js';

export type StateAddress =
  | { readonly kind: 'memory' }
  | {
      readonly kind: 'redis';
      /** `host:port` each; of a cluster the others are learnt from them. */
      readonly nodes: readonly string[];
      readonly cluster: boolean;
      readonly tls: boolean;
      /** 0 in a cluster, which has no other. */
      readonly db: number;
    };

export type IndexAddress =
  | { readonly kind: 'memory' }
  /** An origin, such as `http://localhost:6333`. */
  | { readonly kind: 'qdrant'; readonly url: string };

const REDIS_PORT = 6379;
const QDRANT_PORT = 6333;

export function readStateAddress(text: string): AddressReading<StateAddress> {
  if (text === 'memory:') return { ok: true, address: { kind: 'memory' } };
  const [, scheme, rest] = /^(rediss?(?:\+cluster)?):\/\/(.*)$/s.exec(text) ?? [];
  if (scheme === undefined || rest === undefined)
    return fault('must be memory:, or begin with redis://, rediss://, redis+cluster:// or rediss+cluster://');
  if (rest.includes('@')) return fault(credentials('REDIS_USERNAME and REDIS_PASSWORD_FILE'));
  const tls = scheme.startsWith('rediss');
  return scheme.endsWith('+cluster') ? clusterAt(rest, tls) : serverAt(rest, tls);
}

function serverAt(rest: string, tls: boolean): AddressReading<StateAddress> {
  const [, host = '', digits = '0'] = /^([^/]*)(?:\/([0-9]{1,4}))?\/?$/.exec(rest) ?? [];
  const node = hostAndPort(host, REDIS_PORT);
  if (node === undefined) return fault('must be redis://host:port or redis://host:port/db with nothing behind');
  return { ok: true, address: { kind: 'redis', nodes: [node], cluster: false, tls, db: Number(digits) } };
}

function clusterAt(rest: string, tls: boolean): AddressReading<StateAddress> {
  if (/\/[0-9]+\/?$/.test(rest)) return fault('must name no database: a cluster of Redis has one');
  const nodes = rest.split(',').map((one) => hostAndPort(one, REDIS_PORT));
  if (!nodes.every((node) => node !== undefined))
    return fault('must be redis+cluster://host:port,host:port with nothing behind');
  if (new Set(nodes).size < nodes.length) return fault('names a node twice');
  return { ok: true, address: { kind: 'redis', nodes, cluster: true, tls, db: 0 } };
}

export function readIndexAddress(text: string): AddressReading<IndexAddress> {
  if (text === 'memory:') return { ok: true, address: { kind: 'memory' } };
  const [, scheme, rest] = /^(https?):\/\/(.*)$/s.exec(text) ?? [];
  if (scheme === undefined || rest === undefined) return fault('must be memory:, or begin with http:// or https://');
  if (rest.includes('@')) return fault(credentials('QDRANT_API_KEY_FILE'));
  const node = hostAndPort(rest.replace(/\/$/, ''), QDRANT_PORT);
  if (node === undefined) return fault('must be http://host:port or https://host:port with nothing behind');
  return { ok: true, address: { kind: 'qdrant', url: `${scheme}://${node}` } };
}

function fault(text: string): { readonly ok: false; readonly fault: string } {
  return { ok: false, fault: text };
}
