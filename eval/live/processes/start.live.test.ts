/** What somebody meets whose first start goes wrong: one clear line, what to do about it, no secret, and exit code 1. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { endAll, ensureBuilt } from '../../processes/server.test-support.js';
import { users } from '../services/broker-settings.js';
import { kafkaMissing, kafkaSecureUrls, kafkaUrl, ownKafkaMissing, s3Missing, s3Settings } from '../settings.js';
import { endOf as lastLines, expectRefusal as refused, unusedPort, WRONG } from './refusal.test-support.js';
import { ProcessScene } from './scene.test-support.js';

type Settings = Readonly<Record<string, string>>;

let scene: ProcessScene;

const secrets = [users.full.password, users.none.password];
const endOf = (settings: Settings) => lastLines(scene.spawn(settings), secrets);
const expectRefusal = (settings: Settings, message: RegExp) => refused(scene.spawn(settings), message, secrets);

describe.skipIf(kafkaUrl() === undefined)(`a first start that goes wrong (${kafkaMissing()})`, () => {
  beforeAll(async () => {
    ensureBuilt();
    scene = await ProcessScene.open('file');
  });
  afterEach(endAll);
  afterAll(() => scene.close());

  it('names the address when nobody answers there', async () => {
    await expectRefusal(
      { LOG_URL: `kafka://127.0.0.1:${await unusedPort()}` },
      /^error: No Kafka broker can be reached/,
    );
  });

  it('names the topics that are missing, and the command that makes them', async () => {
    const [gone = ''] = scene.map.sources.map(({ name }) => name);
    await scene.topics.delete(gone);
    const [first, advice] = await endOf({});
    expect(first).toMatch(/^error: The log lacks 1 of the configured topics/);
    expect(first).toContain(gone);
    expect(advice).toContain('tidemark topics apply');
    await scene.topics.recreate(gone).catch(() => undefined);
  });

  const secure = kafkaSecureUrls();
  describe.skipIf(secure === undefined)(`at listeners that ask who we are (${ownKafkaMissing()})`, () => {
    const { sasl = '', tls = '' } = secure ?? {};
    const login = ({ name, password }: { name: string; password: string }) => ({
      KAFKA_USERNAME: name,
      KAFKA_PASSWORD: password,
    });

    it.each(['plain', 'scram-sha-512'])('says that user or password are wrong, by %s', async (mechanism) => {
      const settings = { LOG_URL: sasl, KAFKA_SASL: mechanism, ...login({ ...users.full, password: WRONG }) };
      await expectRefusal(settings, /^error: The Kafka brokers refuse the user or the password/);
    });

    it('says what the user may not do', async () => {
      await expectRefusal(
        { LOG_URL: sasl, ...login(users.none) },
        /^error: The Kafka user has no rights to what was asked for/,
      );
    });

    it('says that a certificate is signed by nobody it knows', async () => {
      const message = /^error: No TLS connection to the Kafka brokers comes about \(DEPTH_ZERO_SELF_SIGNED_CERT\)/;
      await expectRefusal({ LOG_URL: tls.replace('kafka:', 'kafkas:') }, message);
    });

    it.each([
      ['a password', sasl],
      ['TLS', tls],
    ])('hints at %s where the listener wants it and nobody said so', async (_what, url) => {
      const [, advice] = await endOf({ LOG_URL: url });
      expect(advice).toContain('whether their listener wants TLS or a password');
    });
  });

  describe.skipIf(s3Settings() === undefined)(`with an archive (${s3Missing()})`, () => {
    const { endpoint = '', accessKeyId = '', secretAccessKey = '' } = s3Settings() ?? {};
    const archive = {
      JOURNAL_URL: 's3://tidemark-absent/live',
      S3_ENDPOINT: endpoint,
      S3_ACCESS_KEY_ID: accessKeyId,
      S3_SECRET_ACCESS_KEY: secretAccessKey,
    };

    it('says that there is no such bucket', async () => {
      await expectRefusal(
        archive,
        /^error: The archive in bucket "tidemark-absent" cannot be used: there is no such bucket/,
      );
    });

    it('says that the key is not accepted', async () => {
      const settings = { ...archive, S3_SECRET_ACCESS_KEY: WRONG };
      await expectRefusal(settings, /^error: The archive in bucket "tidemark-absent" cannot be used: /);
    });

    it('names the archive when nobody answers there', async () => {
      const settings = { ...archive, S3_ENDPOINT: `http://127.0.0.1:${await unusedPort()}` };
      await expectRefusal(settings, /^error: The archive in bucket "tidemark-absent" cannot be reached/);
    });
  });
});
