import { readFileSync } from 'node:fs';
import { Kafka } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { kafkaMissing, kafkaSecureUrls } from '../../eval/live/settings.js';
import { Cluster } from './cluster.js';
import { kafkaError } from './errors.js';
import { brokersOf } from './live.test-support.js';
import { type KafkaSasl, type KafkaSettings, kafkajsOptions } from './settings.js';

const secure = kafkaSecureUrls();
const WRONG = 'not-the-password';

function settingsFor(url: string, more: Partial<KafkaSettings> = {}): KafkaSettings {
  return { brokers: brokersOf(url), clientId: 'tidemark-test', groupId: 'g', ...more };
}

function administer(settings: KafkaSettings): Promise<void> {
  return new Kafka(kafkajsOptions(settings)).admin().connect();
}

async function failureOf(work: () => Promise<unknown>) {
  const outcome = await work().then(
    () => undefined,
    (error: unknown) => kafkaError(error),
  );
  if (outcome === undefined) throw new Error('it has not failed');
  return outcome;
}

describe.skipIf(secure === undefined)(`listeners that ask who we are (${kafkaMissing()})`, () => {
  const urls = secure ?? { sasl: '', tls: '', saslTls: '', caFile: '' };
  const mechanisms: readonly KafkaSasl['mechanism'][] = ['plain', 'scram-sha-256', 'scram-sha-512'];

  it.each(mechanisms)(
    'refuse a wrong password by %s with one line that does not hold it, in both clients',
    async (mechanism) => {
      const sasl: KafkaSasl = { mechanism, username: 'nobody', password: WRONG };
      const settings = settingsFor(urls.sasl, { sasl });
      for (const work of [() => Cluster.connect(settings), () => administer(settings)]) {
        const failure = await failureOf(work);
        expect(failure).toMatchObject({ code: 'config_invalid', retriable: false });
        expect(failure.message).toContain('refuse the user or the password');
        expect(`${failure.message}${failure.advice}`).not.toContain(WRONG);
      }
    },
  );

  it('are unreachable, with a hint, when no password is given', async () => {
    const failure = await failureOf(() => Cluster.connect(settingsFor(urls.sasl)));
    expect(failure).toMatchObject({ code: 'unreachable', advice: expect.stringContaining('password') });
  });

  it('are trusted with their CA, and not without', async () => {
    const tls = { rejectUnauthorized: true } as const;
    const trusted = settingsFor(urls.tls, { tls: { ...tls, ca: readFileSync(urls.caFile, 'utf8') } });
    const cluster = await Cluster.connect(trusted);
    expect(cluster.id).not.toBe('');
    cluster.close();
    const untrusted = settingsFor(urls.tls, { tls });
    for (const work of [() => Cluster.connect(untrusted), () => administer(untrusted)]) {
      expect(await failureOf(work)).toMatchObject({ code: 'config_invalid', message: expect.stringContaining('TLS') });
    }
  });
});
