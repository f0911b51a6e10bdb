/** The Redis servers and the tools with which live tests break them. */
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from './eventually.test-support.js';
import { OwnRedis, OwnRedisCluster, OwnRedisPair } from './redis.js';
import { hasOwnRedis, ownRedisMissing, redisMissing, redisUrl } from './settings.js';

describe.skipIf(redisUrl() === undefined)(`the Redis for live tests (${redisMissing()})`, () => {
  it('answers and evicts nothing', async () => {
    const client = new Redis(redisUrl() ?? '');
    expect(await client.ping()).toBe('PONG');
    expect(await client.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
    client.disconnect();
  });
});

describe.skipIf(!hasOwnRedis())(`a test's own Redis (${ownRedisMissing()})`, () => {
  let redis: OwnRedis | OwnRedisPair | OwnRedisCluster | undefined;
  afterEach(() => redis?.stop());

  it('keeps what it acknowledged over kill -9, but for the units that a test cuts off', async () => {
    const own = await OwnRedis.start({ appendOnly: true, password: 'a secret' });
    redis = own;
    await own.server.ask('SET', 'kept', 'a');
    const twoKeys = "redis.call('SET', KEYS[1], 'b') redis.call('SET', KEYS[2], 'b')";
    await own.server.ask('EVAL', twoKeys, '2', 'one', 'two');
    await own.restart();
    expect(await own.server.ask('MGET', 'kept', 'one', 'two')).toEqual(['a', 'b', 'b']);
    expect(await own.restartWithout(1)).toMatchObject({ units: 1 });
    expect(await own.server.ask('MGET', 'kept', 'one', 'two')).toEqual(['a', null, null]);
    await own.flush();
    expect(await own.server.ask('DBSIZE')).toBe(0);
  });

  it('stands still and goes on, and evicts where it is told to', async () => {
    const own = await OwnRedis.start({ overrides: { maxmemory: '100mb', 'maxmemory-policy': 'allkeys-lru' } });
    redis = own;
    own.server.pause();
    await eventually(() => expect(own.server.isStopped).toBe(true));
    const answer = own.server.ask('CONFIG', 'GET', 'maxmemory-policy');
    own.server.resume();
    expect(await answer).toEqual(['maxmemory-policy', 'allkeys-lru']);
  });

  it('promotes a replica that misses the last write', async () => {
    const pair = await OwnRedisPair.start();
    redis = pair;
    await pair.primary.ask('SET', 'a', 'copied');
    await pair.copied();
    await pair.separate();
    await pair.primary.ask('SET', 'b', 'missed');
    await pair.promote();
    const client = new Redis(pair.replica.url);
    expect(pair.replica.url).toBe(pair.primary.url);
    expect(await client.mget('a', 'b')).toEqual(['copied', null]);
    expect(await client.set('b', 'another')).toBe('OK');
    client.disconnect();
  });

  it('is a cluster of three that notices a lost node and takes it back', async () => {
    const cluster = await OwnRedisCluster.start();
    redis = cluster;
    const [first, , third] = cluster.nodes;
    if (first === undefined || third === undefined) throw new Error('a cluster has three nodes');
    await third.ask('SET', 'foo', 'slot 12182');
    await third.kill();
    await eventually(async () => expect(await first.ask('CLUSTER', 'INFO')).toContain('cluster_state:fail'));
    await cluster.restart(third);
    expect(await third.ask('GET', 'foo')).toBe('slot 12182');
    await cluster.restartWithout(third, 1);
    expect(await third.ask('GET', 'foo')).toBeNull();
  });
});
