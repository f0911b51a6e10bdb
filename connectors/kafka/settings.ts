/** How a cluster is reached, and the same settings as each of the two clients wants them. */
import { isIP } from 'node:net';
import type { ConnectionOptions } from '@platformatic/kafka';
import { type KafkaConfig, type LogEntry, logLevel, type SASLOptions } from 'kafkajs';
import { limits } from '../../src/limits.js';

export interface KafkaSettings {
  /** `host:port` each; the others are learnt from them. */
  readonly brokers: readonly string[];
  /** Absent: no TLS. Certificates and keys in PEM. */
  readonly tls?: KafkaTls;
  /** Absent: the brokers ask for no password. */
  readonly sasl?: KafkaSasl;
  /** By this name brokers log and limit us. */
  readonly clientId: string;
  /** Offsets are told to the brokers' tools under this name. */
  readonly groupId: string;
}

export interface KafkaTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** There is no way to trust a broker nobody vouches for. */
  readonly rejectUnauthorized: true;
}

export interface KafkaSasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

export interface NodeAddress {
  readonly host: string;
  readonly port: number;
}

/** Of `host:port`, where the host may be an IPv6 address in brackets. */
export function addressOf(broker: string): NodeAddress {
  const colon = broker.lastIndexOf(':');
  return { host: broker.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(broker.slice(colon + 1)) };
}

/** For a connection of @platformatic/kafka to this host. */
export function connectionOptions(settings: KafkaSettings, host: string): ConnectionOptions {
  const { tls, sasl } = settings;
  return {
    connectTimeout: limits.remoteConnectMs,
    requestTimeout: limits.remoteAskMs,
    ...(tls === undefined ? {} : { tls: { ...tls } }),
    // RFC 6066 section 3 has no addresses as server names.
    ...(tls === undefined || isIP(host) !== 0 ? {} : { tlsServerName: host }),
    ...(sasl === undefined ? {} : { sasl: { ...sasl, mechanism: MECHANISMS[sasl.mechanism] } }),
  };
}

const MECHANISMS = {
  plain: 'PLAIN',
  'scram-sha-256': 'SCRAM-SHA-256',
  'scram-sha-512': 'SCRAM-SHA-512',
} as const;

/** For kafkajs. What it has to say goes to `log`; absent, it is silent: its errors come with the calls that fail. */
export function kafkajsOptions(settings: KafkaSettings, log?: (entry: LogEntry) => void): KafkaConfig {
  const { tls, sasl, brokers, clientId } = settings;
  return {
    brokers: [...brokers],
    clientId,
    connectionTimeout: limits.remoteConnectMs,
    authenticationTimeout: limits.remoteConnectMs,
    requestTimeout: limits.remoteAskMs,
    enforceRequestTimeout: true,
    retry: {
      retries: limits.remoteClientRetriesMax,
      initialRetryTime: 100,
      maxRetryTime: limits.remoteClientRetryMsMax,
    },
    logLevel: log === undefined ? logLevel.NOTHING : logLevel.WARN,
    logCreator: () => (entry) => log?.(entry),
    ...(tls === undefined ? {} : { ssl: { ...tls } }),
    ...(sasl === undefined ? {} : { sasl: kafkajsSasl(sasl) }),
  };
}

function kafkajsSasl({ mechanism, username, password }: KafkaSasl): SASLOptions {
  // The client's type is a union by mechanism, which a mechanism that is itself a union does not fit.
  switch (mechanism) {
    case 'plain':
      return { mechanism, username, password };
    case 'scram-sha-256':
      return { mechanism, username, password };
    case 'scram-sha-512':
      return { mechanism, username, password };
  }
}
