import { describe, expect, it } from 'vitest';
import { addressOf, connectionOptions, type KafkaSettings, kafkajsOptions } from './settings.js';

const settings: KafkaSettings = {
  brokers: ['h:9092'],
  tls: { ca: 'PEM', rejectUnauthorized: true },
  sasl: { mechanism: 'scram-sha-512', username: 'u', password: 'p' },
  clientId: 'c',
  groupId: 'g',
};

it('takes the brackets off an address', () => {
  expect(addressOf('[::1]:9094')).toEqual({ host: '::1', port: 9094 });
  expect(addressOf('h1:9093')).toEqual({ host: 'h1', port: 9093 });
});

describe('the options of the clients', () => {
  it('carry the same TLS and password, and the server name unless it is an address', () => {
    expect(kafkajsOptions(settings)).toMatchObject({ ssl: { ca: 'PEM' }, sasl: { ...settings.sasl } });
    const sasl = { mechanism: 'SCRAM-SHA-512', username: 'u', password: 'p' };
    expect(connectionOptions(settings, 'h')).toMatchObject({ tls: { ca: 'PEM' }, tlsServerName: 'h', sasl });
    expect(connectionOptions(settings, '127.0.0.1')).not.toHaveProperty('tlsServerName');
  });

  it('have neither where there is none', () => {
    const { tls: _tls, sasl: _sasl, ...plain } = settings;
    expect(Object.keys(connectionOptions(plain, 'h'))).toEqual(['connectTimeout', 'requestTimeout']);
  });
});
