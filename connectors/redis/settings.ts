/** How a Redis is reached, and the same as the client wants it. */
import type { RedisOptions } from 'ioredis';
import { limits } from '../../src/limits.js';

export interface RedisSettings {
  /** `host:port`; the host may be an IPv6 address in brackets. */
  readonly address: string;
  readonly db: number;
  /** Null: nothing is encrypted. `ca` in PEM; absent: those that Node trusts. */
  readonly tls: { readonly ca?: string } | null;
  /** Null: the user that Redis calls `default`. */
  readonly username: string | null;
  /** Null: Redis asks for none. */
  readonly password: string | null;
  /** What all keys begin with: several stores may share a server. */
  readonly prefix: string;
}

/**
 * Nothing is waited for that is not there: a call on a connection that is down fails at once. It is made again by itself while
 * `isOpen` says so.
 */
export function clientOptions(settings: RedisSettings, isOpen: () => boolean): Omit<RedisOptions, 'replyMapping'> {
  const { tls, username, password, db } = settings;
  return {
    ...addressOf(settings.address),
    db,
    protocol: 2,
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    connectTimeout: limits.stateConnectMs,
    disconnectTimeout: limits.stateAskMs,
    disableClientInfo: true,
    retryStrategy: (times) => (isOpen() ? Math.min(times * limits.stateRetryMs, limits.stateRetryMsMax) : null),
    ...(tls === null ? {} : { tls: { ...tls, rejectUnauthorized: true } }),
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
  };
}

export function addressOf(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) };
}
