/** A Redis Cluster of which a node dies, comes back, or comes back without its last writes, under a whole service at work. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { endAll, ensureBuilt } from '../../processes/server.test-support.js';
import { size } from '../../prove/settings.js';
import { OwnRedisCluster } from '../redis.js';
import type { RedisServer } from '../services/redis-server.js';
import { hasOwnRedis, kafkaMissing, kafkaUrl, ownRedisMissing } from '../settings.js';
import { isRefused, isTrouble, isUnknown, RedisScene } from './redis-scene.test-support.js';

const isMissing = kafkaUrl() === undefined || !hasOwnRedis();
const needs = kafkaUrl() === undefined ? kafkaMissing() : ownRedisMissing();

describe.skipIf(isMissing)(`a Redis Cluster under a service at work (${needs})`, () => {
  let cluster: OwnRedisCluster;
  let scene: RedisScene;
  beforeAll(async () => {
    ensureBuilt();
    cluster = await OwnRedisCluster.start();
    scene = await RedisScene.open({ STATE_URL: cluster.url });
  });
  afterEach(() => scene.rest());
  afterAll(async () => {
    await scene?.close();
    endAll();
    await cluster?.stop();
  });

  const nodeAt = (index: number): RedisServer => {
    const node = cluster.nodes[index];
    if (node === undefined) throw new Error('a cluster has three nodes');
    return node;
  };

  it('that lacks a node is refused, and rebuilt by itself once that is back', async ({ annotate }) => {
    await scene.works();
    const sinceMs = performance.now();
    await nodeAt(0).kill();
    await scene.told(sinceMs, isRefused);
    await scene.told(sinceMs, isTrouble);
    await scene.lasts(sinceMs, size(2_000, 20_000));
    await cluster.restart(nodeAt(0));
    const tookMs = await scene.caughtUp(performance.now());
    await annotate(`caught up ${Math.round(tookMs)} ms after all slots were served`);
    expect(tookMs).toBeLessThanOrEqual(30_000);
    await scene.isWhole();
  });

  it('of which a node lost its last writes believes nothing of before, and is folded anew', async ({ annotate }) => {
    await scene.works();
    const sinceMs = performance.now();
    const cut = await cluster.restartWithout(nodeAt(1), 5);
    await scene.told(sinceMs, isUnknown);
    const tookMs = await scene.caughtUp(performance.now());
    await annotate(`cut ${cut.bytes} bytes; whole after ${Math.round(tookMs)} ms`);
    expect(tookMs).toBeLessThanOrEqual(60_000);
    await scene.isWhole();
  });

  it('after all of it: the state is what another folds of the topics in memory', async () => {
    await scene.isFoldOfTopics();
  });
});
