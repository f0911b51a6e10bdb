/** The configuration as the engines are told it: a Kafka cluster, and where the journal of it lies. */
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { TidemarkError } from '../errors.js';
import { type JournalAddress, readJournalAddress } from './addresses.js';
import { logOf } from './combinations.js';
import type { ConfigName, Settings } from './schema.js';
import { indexOf, stateOf } from './stores.js';

export interface KafkaChoice {
  /** `host:port`. */
  readonly brokers: readonly string[];
  /** Null: nothing is encrypted. What is absent is the machine's own (the authorities it trusts), or none. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string } | null;
  readonly sasl: {
    readonly mechanism: NonNullable<Settings['KAFKA_SASL']>;
    readonly username: string;
    readonly password: string;
  } | null;
  readonly group: string;
}

export interface JournalChoice {
  /** On this machine; what is shipped lies there until it is. */
  readonly folder: string;
  readonly archive: ArchiveChoice | null;
}

export interface ArchiveChoice {
  readonly bucket: string;
  readonly prefix: string;
  /** Null: that of Amazon for the region. */
  readonly endpoint: string | null;
  readonly region: string;
  /** Null: those that the machine was given. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | null;
}

/** Null: the log is embedded. Throws `config_invalid` for a certificate that cannot be read. */
export function kafkaChoiceOf(settings: Settings): KafkaChoice | null {
  const log = logOf(settings);
  if (log.kind === 'embedded') return null;
  const { KAFKA_USERNAME: username, KAFKA_PASSWORD: password, KAFKA_SASL, KAFKA_GROUP } = settings;
  const sasl =
    username === undefined || password === undefined ? null : { mechanism: KAFKA_SASL ?? 'plain', username, password };
  return {
    brokers: log.brokers,
    tls: log.tls ? certificatesOf(settings) : null,
    sasl,
    group: KAFKA_GROUP ?? 'tidemark',
  };
}

function certificatesOf({ KAFKA_TLS_CA, KAFKA_TLS_CERT, KAFKA_TLS_KEY }: Settings): NonNullable<KafkaChoice['tls']> {
  return {
    ...(KAFKA_TLS_CA === undefined ? {} : { ca: pem('KAFKA_TLS_CA', KAFKA_TLS_CA) }),
    ...(KAFKA_TLS_CERT === undefined ? {} : { cert: pem('KAFKA_TLS_CERT', KAFKA_TLS_CERT) }),
    ...(KAFKA_TLS_KEY === undefined ? {} : { key: pem('KAFKA_TLS_KEY', KAFKA_TLS_KEY) }),
  };
}

function pem(name: ConfigName, path: string): string {
  const text = pemIn(path);
  if (text !== undefined) return text;
  throw new TidemarkError({
    code: 'config_invalid',
    message: `configuration: ${pemFault(name)}`,
    advice: 'Name a file that this process may read.',
    retriable: false,
  });
}

/** A fault of a setting that names a PEM file; undefined when there is none. */
export function faultOfPem(name: ConfigName, path: string): string | undefined {
  return pemIn(path) === undefined ? pemFault(name) : undefined;
}

function pemFault(name: ConfigName): string {
  return `${name} cannot be read, or is no PEM file`;
}

function pemIn(path: string): string | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    return text.includes('-----BEGIN ') ? text : undefined;
  } catch {
    return undefined;
  }
}

export function journalChoiceOf(settings: Settings): JournalChoice {
  const address = journalOf(settings);
  if (address.kind === 'file') return { folder: address.folder, archive: null };
  const { S3_ENDPOINT, S3_REGION, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = settings;
  const credentials =
    S3_ACCESS_KEY_ID === undefined || S3_SECRET_ACCESS_KEY === undefined
      ? null
      : { accessKeyId: S3_ACCESS_KEY_ID, secretAccessKey: S3_SECRET_ACCESS_KEY };
  return {
    folder: settings.JOURNAL_FOLDER ?? './data/journal',
    archive: {
      bucket: address.bucket,
      prefix: address.prefix,
      endpoint: S3_ENDPOINT ?? null,
      region: S3_REGION ?? 'us-east-1',
      credentials,
    },
  };
}

function journalOf({ JOURNAL_URL = 'file:./data/journal' }: Settings): JournalAddress {
  const reading = readJournalAddress(JOURNAL_URL);
  if (!reading.ok) throw new Error('an address that the schema let through');
  return reading.address;
}

/** Where the records lie that answers are proved from: the embedded log, or the journal of Kafka. */
export function recordsFolder(settings: Settings): string {
  const log = logOf(settings);
  return log.kind === 'embedded' ? log.folder : journalChoiceOf(settings).folder;
}

export interface RedisChoice {
  /** `host:port`. */
  readonly nodes: readonly string[];
  readonly cluster: boolean;
  readonly db: number;
  /** Null: nothing is encrypted. */
  readonly tls: { readonly ca?: string } | null;
  /** Null: that which Redis calls `default`. */
  readonly username: string | null;
  readonly password: string | null;
  readonly prefix: string;
}

/** Null: the state is in memory. Throws `config_invalid` for a certificate that cannot be read. */
export function redisChoiceOf(settings: Settings): RedisChoice | null {
  const state = stateOf(settings);
  if (state.kind === 'memory') return null;
  const { REDIS_USERNAME, REDIS_PASSWORD, REDIS_TLS_CA, REDIS_PREFIX } = settings;
  const ca = REDIS_TLS_CA === undefined ? {} : { ca: pem('REDIS_TLS_CA', REDIS_TLS_CA) };
  return {
    nodes: state.nodes,
    cluster: state.cluster,
    db: state.db,
    tls: state.tls ? ca : null,
    username: REDIS_USERNAME ?? null,
    password: REDIS_PASSWORD ?? null,
    prefix: REDIS_PREFIX ?? 'tidemark',
  };
}

export interface QdrantChoice {
  readonly url: string;
  readonly apiKey: string | null;
  readonly collection: string;
}

/** Null: the index is in memory. */
export function qdrantChoiceOf(settings: Settings): QdrantChoice | null {
  const index = indexOf(settings);
  if (index.kind === 'memory') return null;
  const { QDRANT_API_KEY, QDRANT_COLLECTION } = settings;
  return { url: index.url, apiKey: QDRANT_API_KEY ?? null, collection: QDRANT_COLLECTION ?? 'tidemark' };
}

/** Beside the journal and not in it: a journal may be thrown away and copied again, and what waits here is nowhere else. */
export function auditSpoolFolder(settings: Settings): string {
  const journal = recordsFolder(settings);
  return settings.AUDIT_SPOOL ?? join(dirname(journal), `${basename(journal)}-audit-spool`);
}

/** Null: none are kept. A state that is durable by itself has none. */
export function checkpointsFolder(settings: Settings): string | null {
  if (settings.CHECKPOINTS === 'off' || stateOf(settings).kind !== 'memory') return null;
  return settings.CHECKPOINTS ?? join(recordsFolder(settings), 'checkpoints');
}
