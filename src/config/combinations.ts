/** What settings mean together: the defaults some take from others, which of them contradict each other, and what deserves a warning. */
import { parseRetention } from '../log/retention-text.js';
import { type TopicMap, topicsToOpen } from '../log/topics.js';
import { isLoopback, type LogAddress, readLogAddress } from './addresses.js';
import { embedderNotices } from './embedder.js';
import type { ConfigName, Settings } from './schema.js';
import { storeDefaults, storeFaults, storeNotices } from './stores.js';

/** Topics of which records may expire: not that of index generations, whose last promotion says what is live. */
export function retainableTopics(map: TopicMap): readonly string[] {
  return topicsToOpen(map).flatMap(({ name }) => (name === map.model ? [] : [name]));
}

/** Settings of which the defaults depend on others. */
export function withDefaults(given: Settings): Settings {
  const withStores = { ...given, ...storeDefaults(given) };
  return logOf(given).kind === 'kafka' ? withKafkaDefaults(withStores) : withStores;
}

function withKafkaDefaults(given: Settings): Settings {
  const journal = given.JOURNAL_URL ?? 'file:./data/journal';
  return {
    ...given,
    KAFKA_GROUP: given.KAFKA_GROUP ?? 'tidemark',
    JOURNAL_URL: journal,
    ...(given.KAFKA_USERNAME === undefined ? {} : { KAFKA_SASL: given.KAFKA_SASL ?? 'plain' }),
    ...(journal.startsWith('s3:')
      ? { JOURNAL_FOLDER: given.JOURNAL_FOLDER ?? './data/journal', S3_REGION: given.S3_REGION ?? 'us-east-1' }
      : {}),
  };
}

/** One sentence each. */
export function faultsTogether(settings: Settings, topics: TopicMap): readonly string[] {
  const log = logOf(settings);
  return [
    ...(log.kind === 'embedded' ? embeddedFaults(settings) : kafkaFaults(settings, log)),
    ...s3Faults(settings),
    ...storeFaults(settings),
    ...parseRetention(settings.RETENTION, retainableTopics(topics)).faults.map((one) => `RETENTION ${one}`),
    ...(settings.CHECKPOINTS === 'off' && settings.RETENTION !== ''
      ? ['RETENTION needs CHECKPOINTS: what expires must be held by one']
      : []),
  ];
}

function embeddedFaults({ JOURNAL_URL, JOURNAL_FOLDER }: Settings): readonly string[] {
  if (JOURNAL_URL === undefined && JOURNAL_FOLDER === undefined) return [];
  return ['JOURNAL_URL and JOURNAL_FOLDER are for Kafka: an embedded log (LOG_URL=file:…) is its own journal'];
}

function kafkaFaults(settings: Settings, { tls }: LogAddress & { kind: 'kafka' }): readonly string[] {
  const { KAFKA_USERNAME, KAFKA_PASSWORD, KAFKA_SASL, KAFKA_TLS_CA, KAFKA_TLS_CERT, KAFKA_TLS_KEY } = settings;
  const faults: string[] = [];
  const certificates = [KAFKA_TLS_CA, KAFKA_TLS_CERT, KAFKA_TLS_KEY].some((one) => one !== undefined);
  if (KAFKA_USERNAME !== undefined && KAFKA_PASSWORD === undefined)
    faults.push('KAFKA_USERNAME needs KAFKA_PASSWORD or KAFKA_PASSWORD_FILE');
  if (KAFKA_USERNAME === undefined && KAFKA_PASSWORD !== undefined) faults.push('KAFKA_PASSWORD needs KAFKA_USERNAME');
  if (KAFKA_USERNAME === undefined && KAFKA_SASL !== undefined) faults.push('KAFKA_SASL needs KAFKA_USERNAME');
  if (certificates && !tls) faults.push('KAFKA_TLS_CA, KAFKA_TLS_CERT and KAFKA_TLS_KEY need TLS: LOG_URL=kafkas://…');
  if ((KAFKA_TLS_CERT === undefined) !== (KAFKA_TLS_KEY === undefined))
    faults.push('KAFKA_TLS_CERT and KAFKA_TLS_KEY need each other');
  return faults;
}

function s3Faults(settings: Settings): readonly string[] {
  const { JOURNAL_URL, JOURNAL_FOLDER, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = settings;
  const faults: string[] = [];
  if (JOURNAL_URL?.startsWith('file:') && JOURNAL_FOLDER !== undefined) {
    faults.push('JOURNAL_FOLDER is for a journal at s3://…: JOURNAL_URL names the folder already');
  }
  if ((S3_ACCESS_KEY_ID === undefined) !== (S3_SECRET_ACCESS_KEY === undefined)) {
    faults.push('S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY need each other');
  }
  return faults;
}

/** What is allowed and deserves a second look. */
export function noticesOf(settings: Settings): readonly string[] {
  return [...logNotices(settings), ...storeNotices(settings), ...embedderNotices(settings)];
}

function logNotices(settings: Settings): readonly string[] {
  const log = logOf(settings);
  if (log.kind === 'embedded') return unusedNotices(settings, ['KAFKA_', 'S3_', 'AUDIT_SPOOL'], 'the log is embedded');
  const inTheClear = settings.KAFKA_USERNAME !== undefined && !log.tls && !log.brokers.every(isLoopback);
  return [
    ...(inTheClear
      ? ['the password of Kafka goes over the network in the clear or can be guessed offline: use LOG_URL=kafkas://…']
      : []),
    ...(settings.JOURNAL_URL?.startsWith('file:') ? unusedNotices(settings, ['S3_'], 'the journal is a folder') : []),
  ];
}

function unusedNotices(settings: Settings, prefixes: readonly string[], why: string): readonly string[] {
  const unused = (Object.keys(settings) as ConfigName[]).filter(
    (name) => settings[name] !== undefined && prefixes.some((prefix) => name.startsWith(prefix)),
  );
  return unused.length === 0 ? [] : [`${unused.join(', ')} set, and not used: ${why}`];
}

export function logOf({ LOG_URL }: Settings): LogAddress {
  const reading = readLogAddress(LOG_URL);
  if (!reading.ok) throw new Error('an address that the schema let through');
  return reading.address;
}
