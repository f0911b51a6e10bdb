import { AuthenticationError, MultipleErrors, NetworkError, ProtocolError, TimeoutError } from '@platformatic/kafka';
import { describe, expect, it } from 'vitest';
import type { TidemarkError } from '../../src/errors.js';
import { type Doing, kafkaError, refusedByNumber } from './errors.js';

const SECRET = 'hunter2-secret';

function system(code: string): Error {
  return Object.assign(new Error(`connect ${code} ${SECRET}`), { code });
}

function ofBroker(type: string): Error {
  const refusal = Object.assign(new Error(SECRET), { name: 'KafkaJSProtocolError', type, code: 1, retriable: true });
  return Object.assign(new Error('retried'), { name: 'KafkaJSNumberOfRetriesExceeded', cause: refusal });
}

const cases: readonly (readonly [string, unknown, Doing, TidemarkError['code']])[] = [
  ['a refused connection', new NetworkError(SECRET, { cause: system('ECONNREFUSED') }), 'asking', 'unreachable'],
  ['an unknown host', new MultipleErrors('all', [system('ENOTFOUND')]), 'asking', 'unreachable'],
  ['a silent broker', new TimeoutError('no answer'), 'appending', 'unreachable'],
  [
    'a wrong password',
    Object.assign(new Error(SECRET), { name: 'KafkaJSSASLAuthenticationError' }),
    'asking',
    'config_invalid',
  ],
  ['a wrong password, as the other says', new AuthenticationError(SECRET), 'asking', 'config_invalid'],
  ['an unknown certificate', new AggregateError([system('DEPTH_ZERO_SELF_SIGNED_CERT')]), 'asking', 'config_invalid'],
  ['TLS on a plain port', system('ERR_SSL_WRONG_VERSION_NUMBER'), 'asking', 'config_invalid'],
  ['no rights', new ProtocolError('TOPIC_AUTHORIZATION_FAILED'), 'asking', 'config_invalid'],
  ['a missing topic', ofBroker('UNKNOWN_TOPIC_OR_PARTITION'), 'asking', 'config_invalid'],
  ['a topic that is gone when appended to', ofBroker('UNKNOWN_TOPIC_OR_PARTITION'), 'appending', 'log_failed'],
  ['too few replicas', ofBroker('NOT_ENOUGH_REPLICAS'), 'appending', 'log_failed'],
  ['a record that is too large', ofBroker('MESSAGE_TOO_LARGE'), 'appending', 'request_too_large'],
];

describe('an error of a client', () => {
  it.each(cases)('is, for %s, one of ours that says nothing of what was sent', (_, error, doing, code) => {
    const failure = kafkaError(error, doing);
    expect(failure.code).toBe(code);
    expect(failure.retriable).toBe(code === 'unreachable' || code === 'log_failed');
    expect(`${failure.message} ${failure.advice} ${JSON.stringify(failure.facts)}`).not.toContain(SECRET);
  });

  it('is the one that says most when several brokers failed in different ways', () => {
    const errors = [system('ECONNREFUSED'), new AuthenticationError('no')];
    expect(kafkaError(new AggregateError(errors)).message).toContain('user or the password');
  });

  it('is passed on when it is ours already, however deep', () => {
    const ours = refusedByNumber(10);
    expect(ours).toMatchObject({ code: 'request_too_large', facts: { reason: 'MESSAGE_TOO_LARGE' } });
    expect(kafkaError(new Error('outer', { cause: ours }))).toBe(ours);
  });

  it('ends even if its causes go round in circles', () => {
    const error = new Error('round');
    error.cause = error;
    expect(kafkaError(error).code).toBe('log_failed');
  });
});
