import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { OwnRedis, OwnRedisPair } from '../../eval/live/redis.js';
import { freePorts, loopback } from '../../eval/live/services/ports.js';
import { TidemarkError } from '../../src/errors.js';
import { openStates, redisMissing } from './redis.test-support.js';

const password = 'a secret that no message holds';

describe.skipIf(redisMissing() !== undefined)(`opening a state in Redis (${redisMissing() ?? 'needs Redis'})`, () => {
  let server: OwnRedis;
  const states = openStates(() => server.server.address);
  beforeAll(async () => {
    server = await OwnRedis.start({ password });
  });
  afterEach(() => states.closeAll());
  afterAll(() => server.stop());

  const refusal = async (...given: Parameters<typeof states.open>): Promise<TidemarkError> => {
    const error: unknown = await states.open(...given).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof TidemarkError)) throw new Error(`not refused: ${String(error)}`);
    expect(JSON.stringify([error.message, error.advice, error.facts, error.cause ?? null])).not.toContain(password);
    return error;
  };

  it('is refused where nobody listens', async () => {
    const [port] = await freePorts(1);
    expect((await refusal({ address: `${loopback}:${port}` })).code).toBe('unreachable');
  });

  it.each([
    ['without the password', null, null],
    ['with another password', null, 'another'],
    ['as a user there is not', 'nobody', password],
  ])('is refused %s', async (_what, username, given) => {
    const { code, message } = await refusal({ username, password: given });
    expect([code, message]).toEqual(['config_invalid', expect.stringContaining('password')]);
  });

  it('is refused to a user without rights to its keys', async () => {
    await server.server.ask('ACL', 'SETUSER', 'poor', 'on', `>${password}`, '+@all', '~other:*', '&*');
    const { code, message } = await refusal({ username: 'poor', password });
    expect([code, message]).toEqual(['config_invalid', expect.stringContaining('rights')]);
  });

  it('is refused over TLS where there is none', async () => {
    expect(['config_invalid', 'unreachable']).toContain((await refusal({ tls: {}, password })).code);
  });

  it('is refused where the state of another log lies, or something else', async () => {
    await states.open({ password, prefix: 'taken' }, 'log-1');
    expect((await refusal({ password, prefix: 'taken' }, 'log-2')).message).toContain('another log');
    await server.server.ask('HSET', '{taken}:meta', 'format', 'of the future');
    expect((await refusal({ password, prefix: 'taken' }, 'log-1')).message).toContain('another version');
    await server.server.ask('SET', '{text}:meta', 'a text');
    expect((await refusal({ password, prefix: 'text' })).message).toContain('taken');
  });

  it.each(['allkeys-lru', 'volatile-ttl'])('is refused where keys are dropped (%s, row 26)', async (policy) => {
    await server.server.ask('CONFIG', 'SET', 'maxmemory-policy', policy);
    const { code, message } = await refusal({ password });
    await server.server.ask('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    expect([code, message]).toEqual(['config_invalid', expect.stringContaining(policy)]);
  });

  it('is refused on a replica', async () => {
    const pair = await OwnRedisPair.start();
    const { code, message } = await refusal({ address: pair.replica.address });
    await pair.stop();
    expect([code, message]).toEqual(['config_invalid', expect.stringContaining('replica')]);
  });

  it('is refused on a node of a cluster', async () => {
    const node = await OwnRedis.start({ overrides: { 'cluster-enabled': 'yes' } });
    const { code, message } = await refusal({ address: node.server.address });
    await node.stop();
    expect([code, message]).toEqual(['config_invalid', expect.stringContaining('Cluster')]);
  });
});
