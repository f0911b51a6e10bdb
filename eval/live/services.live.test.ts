/** The servers and the tools with which live tests break them. */
import { readFileSync } from 'node:fs';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { Kafka, type KafkaConfig, logLevel, type SASLOptions } from 'kafkajs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { OwnBrokers } from './brokers.js';
import { eventually } from './eventually.test-support.js';
import { FaultProxy } from './proxy.js';
import { users } from './services/broker-settings.js';
import {
  kafkaMissing,
  kafkaProxyPorts,
  kafkaSecureUrls,
  kafkaServers,
  kafkaUrl,
  ownKafkaMissing,
  s3Missing,
  s3Settings,
  serversOf,
} from './settings.js';
import { kafkaClient, LiveTopics } from './topics.js';

interface User {
  readonly name: string;
  readonly password: string;
}

function login(mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512', { name, password }: User): SASLOptions {
  const user = { username: name, password };
  // The types of kafkajs know each mechanism apart, not one of several.
  if (mechanism === 'plain') return { mechanism, ...user };
  return mechanism === 'scram-sha-256' ? { mechanism, ...user } : { mechanism, ...user };
}

const quick = { retries: 0 };

/** `may` when a client with these settings could make a topic, or why it could not. */
async function asks(url: string, settings: Omit<KafkaConfig, 'brokers'>): Promise<string> {
  const client = new Kafka({ ...settings, brokers: [...serversOf(url)], logLevel: logLevel.NOTHING, retry: quick });
  const admin = client.admin({ retry: quick });
  try {
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: 'never-made' }], validateOnly: true, waitForLeaders: false });
    return 'may';
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : 'failed';
  } finally {
    await admin.disconnect();
  }
}

describe.skipIf(kafkaUrl() === undefined)(`the broker for live tests (${kafkaMissing()})`, () => {
  let topics: LiveTopics;
  beforeAll(async () => {
    topics = await LiveTopics.open(kafkaServers());
  });
  afterAll(() => topics.close());

  it('holds what a test produces to a topic of its own, and forgets what a test deletes', async () => {
    const topic = await topics.create('records', { partitions: 2 });
    const producer = kafkaClient(kafkaServers()).producer();
    await producer.connect();
    await producer.send({ topic, messages: ['a', 'b', 'c'].map((value) => ({ value, partition: 1 })) });
    await producer.disconnect();
    await topics.deleteRecords(topic, 1, 2n);
    expect(await topics.admin.fetchTopicOffsets(topic)).toEqual(
      expect.arrayContaining([{ partition: 1, offset: '3', high: '3', low: '2' }]),
    );
    await topics.recreate(topic);
    expect((await topics.admin.fetchTopicOffsets(topic)).map(({ high }) => high)).toEqual(['0', '0']);
  });

  it('makes the topics of a whole service', async () => {
    const map = await topics.createMap();
    expect(await topics.admin.listTopics()).toEqual(expect.arrayContaining([map.rejected, map.context]));
  });
});

const secure = kafkaSecureUrls();

describe.skipIf(secure === undefined)(`the secure listeners (${ownKafkaMissing()})`, () => {
  const { sasl = '', tls = '', saslTls = '', caFile = '' } = secure ?? {};

  it.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)('take a user by %s', async (mechanism) => {
    expect(await asks(sasl, { sasl: login(mechanism, users.full) })).toBe('may');
    const wrong = { name: users.full.name, password: 'wrong' };
    expect(await asks(sasl, { sasl: login(mechanism, wrong) })).toMatch(/SASL/);
    expect(await asks(sasl, { sasl: login(mechanism, users.none) })).toMatch(/Aggregate|Protocol/);
  });

  it('speak TLS to whoever trusts their certificate, and to nobody else', async () => {
    const ssl = { ca: [readFileSync(caFile, 'utf8')] };
    expect(await asks(tls, { ssl })).toBe('may');
    expect(await asks(saslTls, { ssl, sasl: login('scram-sha-512', users.full) })).toBe('may');
    expect(await asks(tls, { ssl: true })).toMatch(/certificate/);
  });
});

describe.skipIf(kafkaProxyPorts() === undefined)(`the proxied listener (${ownKafkaMissing()})`, () => {
  it('keeps clients behind the proxy, where a fault reaches them', async () => {
    const proxy = await FaultProxy.open(kafkaProxyPorts() ?? { listen: 0, target: 0 });
    const topics = await LiveTopics.open([proxy.address]);
    await topics.create('behind');
    await proxy.setFault({ kind: 'delay', byMs: 100 });
    const startedMs = performance.now();
    await topics.admin.describeCluster();
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(195);
    expect(proxy.counts.bites).toBeGreaterThanOrEqual(2);
    await proxy.setFault({ kind: 'none' });
    await topics.close();
    await proxy.close();
  });
});

describe.skipIf(kafkaUrl() === undefined)(`a test's own broker (${kafkaMissing()})`, () => {
  let brokers: OwnBrokers | undefined;
  afterEach(() => brokers?.stop());

  it('is killed, loses its newest records and gives their offsets out again', async () => {
    brokers = await OwnBrokers.start();
    const topics = await LiveTopics.open(brokers.servers);
    const topic = await topics.create('tail');
    const producer = kafkaClient(brokers.servers).producer();
    await producer.connect();
    for (const value of ['a', 'b', 'c']) await producer.send({ topic, messages: [{ value }] });
    await producer.disconnect();
    await brokers.first.kill();
    const cut = await brokers.loseNewest(topic, 0, 2);
    expect(cut).toMatchObject({ end: 1n });
    await brokers.restart();
    expect(await topics.admin.fetchTopicOffsets(topic)).toMatchObject([{ high: '1' }]);
    await topics.close();
  });

  it('stands still and goes on', async () => {
    brokers = await OwnBrokers.start();
    const admin = kafkaClient(brokers.servers).admin();
    await admin.connect();
    brokers.first.pause();
    let hasAnswered = false;
    const answer = admin.describeCluster().then(() => {
      hasAnswered = true;
    });
    await eventually(() => expect(brokers?.first.isStopped).toBe(true));
    expect(hasAnswered).toBe(false);
    brokers.first.resume();
    await answer;
    await admin.disconnect();
  });
});

describe.skipIf(s3Settings() === undefined)(`the S3 server (${s3Missing()})`, () => {
  it('takes a put under the condition that there is nothing yet once', async () => {
    const { endpoint = '', region = '', ...credentials } = s3Settings() ?? { accessKeyId: '', secretAccessKey: '' };
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    const at = { Bucket: 'live-services', Key: 'once' };
    await client.send(new CreateBucketCommand({ Bucket: at.Bucket }));
    const put = () => client.send(new PutObjectCommand({ ...at, Body: 'x', IfNoneMatch: '*' }));
    await put();
    await expect(put()).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } });
    await client.send(new DeleteObjectCommand(at));
    await client.send(new DeleteBucketCommand({ Bucket: at.Bucket }));
    client.destroy();
  });
});
