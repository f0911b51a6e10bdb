/** Redis, and Qdrant, that fail every call while 200 questions come each second: nobody adds to that by trying again and again (row 51). */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { endAll, ensureBuilt } from '../../processes/server.test-support.js';
import { size } from '../../prove/settings.js';
import { FaultProxy } from '../proxy.js';
import { OwnRedis } from '../redis.js';
import { hasOwnRedis, kafkaMissing, kafkaUrl, ownRedisMissing, qdrantMissing, qdrantUrl } from '../settings.js';
import { RedisScene } from './redis-scene.test-support.js';

const needs = [
  { isMissing: kafkaUrl() === undefined, why: kafkaMissing() },
  { isMissing: !hasOwnRedis(), why: ownRedisMissing() },
  { isMissing: qdrantUrl() === undefined, why: qdrantMissing() },
].find(({ isMissing }) => isMissing);

const EVERY_MS = 5;

describe.skipIf(needs !== undefined)(`a server that fails every call (${needs?.why ?? 'Redis, Qdrant'})`, () => {
  let redis: OwnRedis;
  let scene: RedisScene;
  const proxies = new Map<'redis' | 'qdrant', FaultProxy>();
  beforeAll(async () => {
    ensureBuilt();
    redis = await OwnRedis.start();
    const toRedis = await FaultProxy.open({ listen: 0, target: redis.server.plan.port });
    const toQdrant = await FaultProxy.open({ listen: 0, target: Number(new URL(qdrantUrl() ?? '').port) });
    proxies.set('redis', toRedis).set('qdrant', toQdrant);
    scene = await RedisScene.open({
      STATE_URL: `redis://${toRedis.address}`,
      INDEX_URL: `http://${toQdrant.address}`,
      QDRANT_COLLECTION: `t-${randomUUID()}`,
    });
  });
  afterEach(() => scene.rest());
  afterAll(async () => {
    await scene?.close();
    endAll();
    for (const proxy of proxies.values()) await proxy.close();
    await redis?.stop();
  });

  /** Without waiting for answers: as many as come. */
  async function askAll(forMs: number): Promise<number> {
    const [account] = scene.clients.accounts;
    const asked: Promise<unknown>[] = [];
    const sinceMs = performance.now();
    const timer = setInterval(() => {
      while (asked.length < (performance.now() - sinceMs) / EVERY_MS)
        asked.push(scene.server.ask('/v1/context', { account, question: 'refunds after 3 changes' }));
    }, EVERY_MS);
    await scene.lasts(sinceMs, forMs);
    clearInterval(timer);
    await Promise.all(asked);
    return asked.length;
  }

  it.each(['redis', 'qdrant'] as const)('%s is tried at most 1.1 times per question', async (name) => {
    const proxy = proxies.get(name);
    if (proxy === undefined) throw new Error('no proxy');
    const before = proxy.counts.connections;
    const sinceMs = performance.now();
    // Every answer is cut before its first byte, so each try is a connection of its own.
    await proxy.setFault({ kind: 'reset', afterAnswerBytes: 0 });
    const asked = await askAll(size(3_000, 30_000));
    const { connections, bites } = proxy.counts;
    await proxy.setFault({ kind: 'none' });
    await scene.caughtUp();
    const replies = scene.repliesSince(sinceMs, '/v1/context');
    expect(bites).toBeGreaterThan(0);
    expect(asked).toBeGreaterThan(size(400, 4_000));
    if (name === 'redis') expect(replies.filter(({ status }) => status === 503).length).toBeGreaterThan(100);
    expect(connections - before).toBeLessThanOrEqual(1.1 * asked);
    await scene.isWhole();
  });
});
