import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  checkpointsFolder,
  journalChoiceOf,
  kafkaChoiceOf,
  qdrantChoiceOf,
  recordsFolder,
  redisChoiceOf,
} from './config/choices.js';
import { noticesOf } from './config/combinations.js';
import { isShared } from './config/stores.js';
import { readConfig, redacted } from './config.js';
import { TidemarkError } from './errors.js';
import { defaultTopics } from './log/topics.js';

const secret = 'not-for-anyone';
const kafka = { LOG_URL: 'kafka://broker-1:9092,broker-2:9093' };
const shared = { ...kafka, STATE_URL: 'redis://r:6379/2', INDEX_URL: 'http://q:6333' };
const scram = { KAFKA_USERNAME: 'svc', KAFKA_PASSWORD: secret, KAFKA_SASL: 'scram-sha-512' };

function file(name: string, text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'tidemark-config-')), name);
  writeFileSync(path, text);
  return path;
}

function faultsOf(settings: Readonly<Record<string, string>>): readonly string[] {
  try {
    readConfig(settings);
    return [];
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    expect(`${error.message} ${error.advice} ${JSON.stringify(error.facts)}`).not.toContain(secret);
    return Array.isArray(error.facts.faults) ? error.facts.faults : [];
  }
}

describe('an embedded log', () => {
  it('is its own journal and keeps its checkpoints with it', () => {
    const config = readConfig({ LOG_URL: 'file:/var/log-1' });
    expect([recordsFolder(config), checkpointsFolder(config)]).toEqual(['/var/log-1', '/var/log-1/checkpoints']);
    expect([kafkaChoiceOf(config), noticesOf(config)]).toEqual([null, []]);
    expect(faultsOf({ JOURNAL_URL: 'file:./j' })).toEqual([expect.stringContaining('is its own journal')]);
  });

  it('says which settings of Kafka it has no use for', () => {
    expect(noticesOf(readConfig({ KAFKA_GROUP: 'g', S3_REGION: 'r' }))).toEqual([
      expect.stringContaining('KAFKA_GROUP, S3_REGION'),
    ]);
  });
});

describe('a cluster', () => {
  it('has what depends on it by default: a group, a journal with checkpoints, and topics of the usual names', () => {
    const config = readConfig(kafka);
    expect(kafkaChoiceOf(config)).toEqual({
      brokers: ['broker-1:9092', 'broker-2:9093'],
      tls: null,
      sasl: null,
      group: 'tidemark',
    });
    expect(journalChoiceOf(config)).toEqual({ folder: './data/journal', archive: null });
    expect(checkpointsFolder(config)).toBe('data/journal/checkpoints');
    expect(config.topics).toBe(defaultTopics);
  });

  it.each([
    ['kafka://h', ['h:9092']],
    ['kafkas://[::1]:19092, b.example:1', ['[::1]:19092', 'b.example:1']],
  ])('is named by %s', (url, brokers) => {
    expect(kafkaChoiceOf(readConfig({ LOG_URL: url }))?.brokers).toEqual(brokers);
  });

  it('takes a password from a file, and its certificates from theirs', () => {
    const pem = (name: string) => file(name, `-----BEGIN ${name}-----\n`);
    const { KAFKA_PASSWORD: _, ...user } = scram;
    const config = readConfig({
      ...user,
      LOG_URL: 'kafkas://h:1',
      KAFKA_PASSWORD_FILE: file('password', `${secret}\n`),
      KAFKA_TLS_CA: pem('CA'),
      KAFKA_TLS_CERT: pem('CERT'),
      KAFKA_TLS_KEY: pem('KEY'),
    });
    const { tls, sasl } = kafkaChoiceOf(config) ?? {};
    expect(sasl).toEqual({ mechanism: 'scram-sha-512', username: 'svc', password: secret });
    expect(tls).toEqual({ ca: expect.any(String), cert: expect.any(String), key: '-----BEGIN KEY-----\n' });
    expect(redacted(config)).toMatchObject({ KAFKA_PASSWORD: '(set)', KAFKA_TLS_KEY: '(set)', KAFKA_USERNAME: 'svc' });
    expect(JSON.stringify(redacted(config))).not.toContain(secret);
  });

  it('is told of a password in the clear, unless it stays on the machine or goes through TLS', () => {
    const noticed = (url: string) => noticesOf(readConfig({ ...scram, LOG_URL: url })).length;
    expect(['kafka://h', 'kafka://localhost,h', 'kafka://localhost:1,127.0.0.1', 'kafkas://h'].map(noticed)).toEqual([
      1, 1, 0, 0,
    ]);
  });

  it('ships its journal where JOURNAL_URL says, and keeps what is not shipped in a folder', () => {
    const config = readConfig({
      ...kafka,
      JOURNAL_URL: 's3://bucket/a/b/',
      JOURNAL_FOLDER: '/var/j',
      S3_ENDPOINT: 'http://127.0.0.1:9000',
      S3_ACCESS_KEY_ID: secret,
      S3_SECRET_ACCESS_KEY: secret,
    });
    expect(journalChoiceOf(config)).toEqual({
      folder: '/var/j',
      archive: {
        bucket: 'bucket',
        prefix: 'a/b',
        endpoint: 'http://127.0.0.1:9000',
        region: 'us-east-1',
        credentials: { accessKeyId: secret, secretAccessKey: secret },
      },
    });
    expect(JSON.stringify(redacted(config))).not.toContain(secret);
  });
});

describe('stores that instances share', () => {
  it('have names by default, no checkpoints, and any role', () => {
    for (const ROLE of ['all', 'materializer', 'api']) {
      const config = readConfig({ ...shared, ROLE });
      expect([config.ROLE, isShared(config), checkpointsFolder(config), noticesOf(config)]).toEqual([
        ROLE,
        true,
        null,
        [],
      ]);
      expect(redisChoiceOf(config)).toEqual({
        nodes: ['r:6379'],
        cluster: false,
        db: 2,
        tls: null,
        username: null,
        password: null,
        prefix: 'tidemark',
      });
      expect(qdrantChoiceOf(config)).toEqual({ url: 'http://q:6333', apiKey: null, collection: 'tidemark' });
    }
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['an embedded log', { ...shared, LOG_URL: 'file:./log' }],
    ['a state in memory', { ...shared, STATE_URL: 'memory:' }],
    ['an index in memory', { ...shared, INDEX_URL: 'memory:' }],
  ])('are not shared beside %s', (_, settings) => {
    expect(isShared(readConfig(settings))).toBe(false);
  });

  it('take their secrets from files, and never show them', () => {
    const settings = {
      ...kafka,
      STATE_URL: 'rediss+cluster://a,b:7001',
      INDEX_URL: 'https://q/',
      REDIS_USERNAME: 'svc',
      REDIS_PASSWORD_FILE: file('redis', `${secret}\n`),
      REDIS_TLS_CA: file('ca', '-----BEGIN CERTIFICATE-----'),
      QDRANT_API_KEY_FILE: file('qdrant', secret),
    };
    const config = readConfig(settings);
    expect(redisChoiceOf(config)).toMatchObject({
      nodes: ['a:6379', 'b:7001'],
      cluster: true,
      tls: { ca: expect.any(String) },
      password: secret,
    });
    expect(qdrantChoiceOf(config)).toMatchObject({ url: 'https://q:6333', apiKey: secret });
    expect(redacted(config)).toMatchObject({ REDIS_PASSWORD: '(set)', QDRANT_API_KEY: '(set)' });
    expect(JSON.stringify(redacted(config))).not.toContain(secret);
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['the password of Redis goes over', { ...shared, REDIS_PASSWORD: secret }],
    ['the key of Qdrant goes over', { ...shared, QDRANT_API_KEY: secret }],
    ['REDIS_PREFIX set, and not used', { REDIS_PREFIX: 'p' }],
    ['QDRANT_COLLECTION set, and not used', { QDRANT_COLLECTION: 'c' }],
    ['CHECKPOINTS set, and not used', { ...shared, CHECKPOINTS: './c' }],
    ['the index is filled anew at every start', { ...shared, STATE_URL: 'memory:' }],
  ])('deserve a second look: %s', (notice, settings) => {
    expect(noticesOf(readConfig(settings))).toEqual([expect.stringContaining(notice)]);
  });

  it('say every reason why a role cannot be at once, and where a certificate has no use', () => {
    expect(faultsOf({ ROLE: 'api' })).toHaveLength(3);
    const REDIS_TLS_CA = file('ca', '-----BEGIN CERTIFICATE-----');
    expect(faultsOf({ STATE_URL: 'redis://h', REDIS_TLS_CA })).toEqual([expect.stringContaining('needs TLS')]);
  });
});

describe('settings that make no sense', () => {
  it.each<[fault: string, settings: Readonly<Record<string, string>>]>([
    ['LOG_URL must begin with', { LOG_URL: `redis://${secret}@h` }],
    ['LOG_URL must hold no credentials', { LOG_URL: `kafka://svc:${secret}@h:9092` }],
    ['LOG_URL must be kafka://host:port', { LOG_URL: 'kafka://h:9092/topic' }],
    ['LOG_URL must be kafka://host:port', { LOG_URL: 'kafka://' }],
    ['LOG_URL must be kafka://host:port', { LOG_URL: 'kafka://h:0' }],
    ['LOG_URL names a broker twice', { LOG_URL: 'kafka://h,h:9092' }],
    ['JOURNAL_URL must hold no credentials', { ...kafka, JOURNAL_URL: `s3://key:${secret}@bucket` }],
    ['JOURNAL_URL must be s3://bucket', { ...kafka, JOURNAL_URL: 's3://B' }],
    ['JOURNAL_FOLDER is for a journal at s3', { ...kafka, JOURNAL_URL: 'file:j', JOURNAL_FOLDER: 'j' }],
    ['KAFKA_USERNAME needs KAFKA_PASSWORD', { ...kafka, KAFKA_USERNAME: 'svc' }],
    ['KAFKA_PASSWORD needs KAFKA_USERNAME', { ...kafka, KAFKA_PASSWORD: secret }],
    ['KAFKA_SASL needs KAFKA_USERNAME', { ...kafka, KAFKA_SASL: 'plain' }],
    ['KAFKA_SASL must be plain', { ...kafka, ...scram, KAFKA_SASL: 'gssapi' }],
    [
      'S3_ENDPOINT must hold no credentials',
      { ...kafka, JOURNAL_URL: 's3://bucket', S3_ENDPOINT: `http://key:${secret}@h` },
    ],
    ['TIDEMARK_URL must hold no credentials', { TIDEMARK_URL: `https://key:${secret}@h` }],
    ['KAFKA_GROUP must be', { ...kafka, KAFKA_GROUP: 'two words' }],
    ['KAFKA_TLS_CA cannot be read', { LOG_URL: 'kafkas://h', KAFKA_TLS_CA: '/does/not/exist' }],
    ['S3_ACCESS_KEY_ID and S3_SECRET', { ...kafka, S3_ACCESS_KEY_ID: secret }],
    ['TOPICS cannot be read', { TOPICS: '/does/not/exist' }],
    ['RETENTION names no topic', { RETENTION: 'unheard.of=9d' }],
    ['STATE_URL must be memory:', { STATE_URL: `http://${secret}` }],
    ['STATE_URL must hold no credentials', { STATE_URL: `redis://svc:${secret}@h:6379` }],
    ['STATE_URL must hold no credentials', { STATE_URL: `redis+cluster://h,svc:${secret}@g` }],
    ['STATE_URL must be redis://host:port', { STATE_URL: 'redis://h:6379/one' }],
    ['STATE_URL must be redis://host:port', { STATE_URL: 'redis://h,g' }],
    ['STATE_URL must be redis://host:port', { STATE_URL: `redis://h?password=${secret}` }],
    ['STATE_URL must name no database', { STATE_URL: 'redis+cluster://h,g/1' }],
    ['STATE_URL must be redis+cluster://', { STATE_URL: 'rediss+cluster://h,' }],
    ['STATE_URL names a node twice', { STATE_URL: 'redis+cluster://h,h:6379' }],
    ['INDEX_URL must be memory:', { INDEX_URL: `redis://${secret}` }],
    ['INDEX_URL must hold no credentials', { INDEX_URL: `https://key:${secret}@h` }],
    ['INDEX_URL must be http://host:port', { INDEX_URL: `http://h:6333/?api-key=${secret}` }],
    ['REDIS_USERNAME needs REDIS_PASSWORD', { STATE_URL: 'redis://h', REDIS_USERNAME: 'svc' }],
    ['REDIS_PREFIX must be', { STATE_URL: 'redis://h', REDIS_PREFIX: '{a}' }],
    ['REDIS_TLS_CA cannot be read', { STATE_URL: 'rediss://h', REDIS_TLS_CA: '/does/not/exist' }],
    ['QDRANT_COLLECTION must be', { INDEX_URL: 'http://h', QDRANT_COLLECTION: 'a/b' }],
    ['RETENTION needs STATE_URL=memory:', { STATE_URL: 'redis://h', RETENTION: 'crm.accounts=9d' }],
    ['ROLE must be all, materializer or api', { ROLE: 'both' }],
    ['ROLE=api needs a state', { ...shared, STATE_URL: 'memory:', ROLE: 'api' }],
    ['ROLE=materializer needs an index', { ...shared, INDEX_URL: '', ROLE: 'materializer' }],
    ['ROLE=api needs a log', { ...shared, LOG_URL: 'file:./log', ROLE: 'api' }],
  ])('are refused: %s', (fault, settings) => {
    expect(faultsOf(settings)).toEqual([expect.stringContaining(fault)]);
  });

  it('are refused where certificates have no use, or no key', () => {
    const KAFKA_TLS_CERT = file('cert', '-----BEGIN CERTIFICATE-----');
    expect(faultsOf({ ...kafka, KAFKA_TLS_CERT })).toEqual([
      expect.stringContaining('need TLS'),
      expect.stringContaining('need each other'),
    ]);
  });

  it('are told all at once', () => {
    expect(faultsOf({ LOG_URL: 'kafka://h/', PORT: 'x', TOPICS: file('topics', '{'), AUTH: 'some' })).toHaveLength(4);
  });
});

describe('a file of topics', () => {
  it('names the topics that may expire, in place of the defaults', () => {
    const sources = defaultTopics.sources.map((source, index) => (index === 0 ? { ...source, name: 'crm' } : source));
    const settings = { TOPICS: file('topics.json', JSON.stringify({ ...defaultTopics, sources })) };
    expect(readConfig({ ...settings, RETENTION: 'crm=9d' }).topics.sources[0]?.name).toBe('crm');
    expect(faultsOf({ ...settings, RETENTION: 'crm.accounts=9d' })).toHaveLength(1);
  });
});

describe('an embedder', () => {
  it.each(['lexical', 'hashing', 'transformers:./models/mini', 'transformers:owner/name'])('may be %s', (EMBEDDER) => {
    expect(readConfig({ EMBEDDER }).EMBEDDER).toBe(EMBEDDER);
  });

  it.each([
    [{ EMBEDDER: 'transformers:' }, 'EMBEDDER must be lexical, hashing or transformers:<folder or hub id>'],
    [{ EMBEDDER: 'openai' }, 'EMBEDDER must be lexical'],
    [{ EMBEDDER_DTYPE: 'q7' }, 'EMBEDDER_DTYPE must be one of fp32, fp16, q8'],
    [{ EMBEDDER_POOLING: 'max' }, 'EMBEDDER_POOLING must be mean, cls or none'],
  ])('may not be %j', (given, fault) => {
    expect(() => readConfig(given)).toThrow(fault);
  });

  it('says which settings of a model it has no use for', () => {
    const given = { EMBEDDER_DTYPE: 'fp32', EMBEDDER_QUESTION_PREFIX: 'query: ' };
    const unused = 'EMBEDDER_DTYPE, EMBEDDER_QUESTION_PREFIX set, and not used: EMBEDDER names no model';
    expect(noticesOf(readConfig(given))).toEqual([unused]);
    expect(noticesOf(readConfig({ ...given, EMBEDDER: 'transformers:owner/name' }))).toEqual([]);
  });
});
