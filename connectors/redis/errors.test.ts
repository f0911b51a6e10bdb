import { describe, expect, it } from 'vitest';
import { callError, isDamage, openError } from './errors.js';

function reply(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError', command: { name: 'auth', args: ['a secret'] } });
}

const system = (code: string) => Object.assign(new Error(`connect ${code} 10.0.0.1:6379`), { code });

describe('what Redis and its client say', () => {
  it.each([
    [reply('WRONGPASS invalid username-password pair'), 'config_invalid'],
    [reply('NOAUTH Authentication required.'), 'config_invalid'],
    [reply('NOPERM this user has no permissions'), 'config_invalid'],
    [system('ECONNREFUSED'), 'unreachable'],
    [system('DEPTH_ZERO_SELF_SIGNED_CERT'), 'config_invalid'],
    [system('ERR_SSL_WRONG_VERSION_NUMBER'), 'config_invalid'],
    [new Error('Connection is closed.'), 'unreachable'],
  ])('when a store is opened, %s, is %s', (error, code) => {
    expect(openError(error).code).toBe(code);
  });

  it.each([
    [reply('OOM command not allowed when used memory > maxmemory'), 'OOM'],
    [reply('ERR Error running script (call to f_1): @user_script:3: OOM command not allowed'), 'OOM'],
    [reply('READONLY You can not write against a read only replica.'), 'READONLY'],
    [reply('LOADING Redis is loading the dataset in memory'), 'LOADING'],
    [reply('NOPERM this user has no permissions'), 'NOPERM'],
    [system('ECONNRESET'), 'ECONNRESET'],
  ])('while it runs, %s may pass and is known by its first word', (error, reason) => {
    const { code, retriable, facts } = callError(error);
    expect([code, retriable, facts]).toEqual(['state_unavailable', true, { reason }]);
  });

  it.each([
    ['WRONGTYPE Operation against a key holding the wrong kind of value', true],
    ['TORN WRONGTYPE Operation against a key', true],
    ['OOM command not allowed', false],
    ['BUSY Redis is busy running a script', false],
  ])('%s: the contents cannot be believed any more: %s', (message, expected) => {
    expect(isDamage(callError(reply(message)))).toBe(expected);
  });

  it('goes on without the command that failed', () => {
    const { message, advice, facts, cause } = openError(reply('WRONGPASS a secret'));
    expect(JSON.stringify([message, advice, facts, cause ?? null])).not.toContain('a secret');
  });
});
