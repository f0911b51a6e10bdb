import { describe, expect, it } from 'vitest';
import { addressOf, connectionOptions, type KafkaSettings, kafkajsOptions, parseKafkaUrl } from './settings.js';

const settings: KafkaSettings = {
  brokers: ['h:9092'],
  tls: { ca: 'PEM', rejectUnauthorized: true },
  sasl: { mechanism: 'scram-sha-512', username: 'u', password: 'p' },
  clientId: 'c',
  groupId: 'g',
};

describe('the URL of a cluster', () => {
  it('names brokers, of which the port may be left out', () => {
    expect(parseKafkaUrl('kafka://h1:9093,h2')).toEqual({ brokers: ['h1:9093', 'h2:9092'], tls: false });
    expect(parseKafkaUrl('kafkas://[::1]:9094/')).toEqual({ brokers: ['[::1]:9094'], tls: true });
    expect(addressOf('[::1]:9094')).toEqual({ host: '::1', port: 9094 });
  });

  it('is refused with a password in it, which is not repeated', () => {
    const parse = () => parseKafkaUrl('kafka://user:hunter2@h:9092');
    expect(parse).toThrow(expect.objectContaining({ code: 'config_invalid' }));
    expect(parse).not.toThrow(/hunter2/);
  });

  it.each([
    'http://h:1',
    'kafka://',
    'kafka://h:0',
    'kafka://h:70000',
    'kafka://h,,i',
    'kafka://h/x',
    'kafka://h,h:9092',
  ])('is refused when it is %s', (url) => {
    expect(() => parseKafkaUrl(url)).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  });
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
