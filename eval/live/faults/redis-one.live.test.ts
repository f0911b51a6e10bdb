/** What happens to a Redis and to the way there, under a whole service at work (rows 22 to 24, 26 to 30 and 49 of the fault matrix). */
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isJsonObject } from '../../../src/domain/json.js';
import { endAll, ensureBuilt } from '../../processes/server.test-support.js';
import { size } from '../../prove/settings.js';
import { eventually } from '../eventually.test-support.js';
import { countedMs } from '../machine-time.test-support.js';
import { FaultProxy } from '../proxy.js';
import { OwnRedis } from '../redis.js';
import { hasOwnRedis, kafkaMissing, kafkaUrl, ownRedisMissing } from '../settings.js';
import { isRefused, isTrouble, isUnknown, RedisScene } from './redis-scene.test-support.js';
import { Round } from './rounds.test-support.js';

const isMissing = kafkaUrl() === undefined || !hasOwnRedis();
const needs = kafkaUrl() === undefined ? kafkaMissing() : ownRedisMissing();

describe.skipIf(isMissing)(`a Redis under a service at work (${needs})`, () => {
  let redis: OwnRedis;
  let proxy: FaultProxy;
  let scene: RedisScene;
  beforeAll(async () => {
    ensureBuilt();
    redis = await OwnRedis.start({ appendOnly: true, overrides: { appendfsync: 'everysec' } });
    proxy = await FaultProxy.open({ listen: 0, target: redis.server.plan.port });
    scene = await RedisScene.open({ STATE_URL: `redis://${proxy.address}` });
  });
  afterEach(async () => {
    // One test that fails leaves no fault to those after it.
    redis.server.resume();
    if (!redis.server.isRunning) await redis.server.start();
    await redis.server.ask('CONFIG', 'SET', 'maxmemory-policy', 'noeviction', 'maxmemory', '0');
    await proxy.setFault({ kind: 'none' });
    await scene.rest();
  });
  afterAll(async () => {
    await scene?.close();
    endAll();
    await proxy?.close();
    await redis?.stop();
  });

  const worked = async () => {
    await scene.works();
    rss.push(await rssNow());
  };
  const positions = async () => {
    const { partitions } = await scene.server.ok('/v1/positions');
    return Array.isArray(partitions) ? partitions.filter(isJsonObject) : [];
  };
  const applied = async () => (await positions()).map(({ appliedThrough }) => appliedThrough);
  const appliedRecords = async () => (await applied()).reduce<number>((sum, one) => sum + Number(one ?? -1) + 1, 0);
  const contents = () => redis.server.ask('HGET', '{tidemark}:meta', 'contents');
  const usedMemory = async () =>
    Number(/used_memory:(\d+)/.exec(String(await redis.server.ask('INFO', 'memory')))?.[1]);
  const rssNow = async () =>
    Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${scene.server.pid}/status`, 'utf8'))?.[1]);
  const rss: number[] = [];

  it('killed and started again: caught up within 30 s (row 22)', async ({ annotate }) => {
    await worked();
    const sinceMs = performance.now();
    await redis.server.kill();
    // Away until somebody has been told: it can be back before the next question.
    await scene.told(sinceMs, isRefused);
    await scene.told(sinceMs, isTrouble);
    await redis.server.start();
    const tookMs = await scene.caughtUp(sinceMs);
    await annotate(`caught up after ${Math.round(tookMs)} ms`);
    expect(tookMs).toBeLessThanOrEqual(30_000);
    await scene.isWhole();
  });

  it('the tail of its file cut: what was lost is applied again within 60 s (row 23)', async ({ annotate }) => {
    await worked();
    const before = await appliedRecords();
    const sinceMs = performance.now();
    const cut = await redis.restartWithout(3);
    expect([cut.bytes >= 1_024, cut.bytes <= 65_536], `cut ${cut.bytes} bytes`).toEqual([true, true]);
    const tookMs = await scene.caughtUp(sinceMs);
    await annotate(`cut ${cut.bytes} bytes; whole after ${Math.round(tookMs)} ms`);
    expect(tookMs).toBeLessThanOrEqual(60_000);
    await scene.isWhole();
    expect(await appliedRecords()).toBeGreaterThanOrEqual(before);
  });

  it('FLUSHALL: unknown until it is rebuilt, nothing older stays, and nothing is new (row 24)', async ({
    annotate,
  }) => {
    await worked();
    const before = await contents();
    const sinceMs = performance.now();
    await redis.flush();
    await scene.told(sinceMs, isUnknown);
    await scene.told(sinceMs, isTrouble);
    const tookMs = await scene.caughtUp(sinceMs);
    await annotate(`rebuilt after ${Math.round(tookMs)} ms`);
    expect(await contents()).not.toBe(before);
    await scene.isWhole();
  });

  it('FLUSHALL while nothing happens: rebuilt all the same (row 24)', async () => {
    await redis.flush();
    await scene.caughtUp();
    await scene.isWhole();
  });

  it('evicts: refused within 5 s and until it does no more, then rebuilt without a restart (row 26)', async ({
    annotate,
  }) => {
    await worked();
    const sinceMs = performance.now();
    // Some keys go and others stay.
    const maxmemory = String((await usedMemory()) - 40_000);
    await redis.server.ask('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-random', 'maxmemory', maxmemory);
    const refused = await scene.told(sinceMs, isRefused);
    const tookMs = countedMs(sinceMs, refused.askedAtMs + refused.tookMs);
    const refusedMs = performance.now();
    await eventually(() => expect(scene.repliesSince(refusedMs, '/v1/context').length).toBeGreaterThan(20));
    const meanwhile = scene.repliesSince(refusedMs, '/v1/context');
    expect(String(await redis.server.ask('INFO', 'stats'))).toMatch(/evicted_keys:[1-9]/);
    await redis.server.ask('CONFIG', 'SET', 'maxmemory-policy', 'noeviction', 'maxmemory', '0');
    const wholeMs = await scene.caughtUp();
    await annotate(`refused after ${Math.round(tookMs)} ms, rebuilt after ${Math.round(wholeMs)} ms`);
    expect(tookMs).toBeLessThanOrEqual(5_000);
    expect(meanwhile.filter((reply) => !isUnknown(reply))).toEqual([]);
    await scene.isWhole();
  });

  it('out of memory: nothing is applied or committed, memory stays, and it goes on with some (row 27)', async ({
    annotate,
  }) => {
    await worked();
    const rssBefore = Math.max(...rss);
    await redis.server.ask('CONFIG', 'SET', 'maxmemory', '1');
    const sinceMs = performance.now();
    const stalled = await applied();
    await scene.lasts(sinceMs, size(2_000, 30_000));
    await eventually(() => expect(scene.repliesSince(sinceMs, '/v1/events').length).toBeGreaterThan(10));
    expect(await applied()).toEqual(stalled);
    const lasting = await positions();
    for (const { committed, appliedThrough } of lasting)
      expect(Number(committed ?? 0)).toBeLessThanOrEqual(Number(appliedThrough ?? -1) + 1);
    expect(lasting.some(({ lagRecords }) => Number(lagRecords) > 0)).toBe(true);
    expect(lasting.some(({ label, state }) => label === 'stale' || state === 'retrying')).toBe(true);
    const growth = (await rssNow()) / rssBefore - 1;
    await redis.server.ask('CONFIG', 'SET', 'maxmemory', '0');
    await scene.caughtUp();
    await annotate(`resident memory grew by ${Math.round(100 * growth)} %`);
    expect(growth).toBeLessThanOrEqual(0.25);
    await scene.isWhole();
  });

  it('stands still: refused in time, and nothing half is shown (row 28)', async ({ annotate }) => {
    await worked();
    redis.server.pause();
    const sinceMs = performance.now();
    await scene.lasts(sinceMs, size(3_000, 10_000));
    expect(redis.server.isStopped).toBe(true);
    await scene.told(sinceMs, isTrouble);
    const reads = () => scene.repliesSince(sinceMs).filter(({ path }) => isRead(path));
    await eventually(() => expect(reads().filter(isRefused).length).toBeGreaterThan(20));
    const replies = reads();
    redis.server.resume();
    await scene.caughtUp();
    const times = replies
      .map(({ askedAtMs, tookMs }) => countedMs(askedAtMs, askedAtMs + tookMs))
      .sort((a, b) => a - b);
    const p99 = times[Math.floor(0.99 * times.length)] ?? Number.POSITIVE_INFINITY;
    const first = replies.find(isRefused)?.tookMs ?? Number.POSITIVE_INFINITY;
    await annotate(`first refused after ${Math.round(first)} ms; p99 ${Math.round(p99)} ms of ${times.length}`);
    expect(p99).toBeLessThanOrEqual(400);
    await scene.isWhole();
  });

  it('is reset before it has replied: nothing is applied twice (row 29)', async ({ annotate }) => {
    await worked();
    let bites = 0;
    for (let round = 0; round < size(5, 50); round++) {
      await proxy.setFault({ kind: 'reset', afterAnswerBytes: 1 + 40 * round });
      await eventually(() => expect(proxy.counts.bites).toBeGreaterThan(0));
      bites += proxy.counts.bites;
      await proxy.setFault({ kind: 'none' });
      await scene.caughtUp();
    }
    await annotate(`${bites} replies torn`);
    // Every record has one outcome, and what is counted is what there is.
    await scene.isWhole();
  });

  it('forgets its scripts: nobody notices (row 30)', async () => {
    await worked();
    // Whatever would notice does so each time; a Redis that is late for once on a busy machine is told then and not the next time.
    const isClean = async () => {
      const sinceMs = performance.now();
      await redis.server.ask('SCRIPT', 'FLUSH');
      const seen = scene.clients.answers.length;
      await eventually(() => expect(scene.clients.answers.length).toBeGreaterThan(seen + 10));
      return !scene
        .repliesSince(sinceMs)
        .some(({ status, code }) => status >= 500 && code !== 'stale' && code !== 'behind');
    };
    const rounds = [await isClean(), await isClean(), await isClean()];
    expect(rounds).toContain(true);
    await scene.isWhole();
  });

  it('cannot be reached: what needs no state goes on (row 49)', async () => {
    await worked();
    await proxy.setFault({ kind: 'hang' });
    const sinceMs = performance.now();
    await scene.told(sinceMs, isRefused);
    await scene.told(sinceMs, isTrouble);
    const unconcerned = new Round(50, async () => {
      for (const path of ['/livez', '/metrics']) await scene.server.ask(path);
    });
    await scene.lasts(sinceMs, size(3_000, 30_000));
    const unrelated = () => ['/livez', '/metrics', '/v1/events'].flatMap((path) => scene.repliesSince(sinceMs, path));
    await eventually(() => expect(unrelated().length).toBeGreaterThan(20));
    await unconcerned.stop();
    const bites = proxy.counts.bites;
    await proxy.setFault({ kind: 'none' });
    await scene.caughtUp();
    expect(bites).toBeGreaterThan(0);
    expect(unrelated().filter(({ status }) => status >= 500 || status === 0)).toEqual([]);
    await scene.isWhole();
  });

  it('after all of it: the state is what another folds of the topics in memory', async () => {
    await scene.isFoldOfTopics();
  });
});

const isRead = (path: string) => path === '/v1/context' || path.startsWith('/v1/accounts');
