/** A replica that takes the place of its primary and misses its last writes (row 25), and a prefix that another log has taken. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { endAll, ensureBuilt } from '../../processes/server.test-support.js';
import { eventually } from '../eventually.test-support.js';
import { countedMs } from '../machine-time.test-support.js';
import { OwnRedisPair } from '../redis.js';
import { hasOwnRedis, kafkaMissing, kafkaUrl, ownRedisMissing } from '../settings.js';
import { RedisScene, type Reply } from './redis-scene.test-support.js';

const isMissing = kafkaUrl() === undefined || !hasOwnRedis();
const needs = kafkaUrl() === undefined ? kafkaMissing() : ownRedisMissing();

const META = '{tidemark}:meta';

describe.skipIf(isMissing)(`a Redis with a replica under a service at work (${needs})`, () => {
  let pair: OwnRedisPair;
  let scene: RedisScene;
  beforeAll(async () => {
    ensureBuilt();
    pair = await OwnRedisPair.start();
    scene = await RedisScene.open({ STATE_URL: pair.primary.url });
  });
  afterEach(() => scene.rest());
  afterAll(async () => {
    await scene?.close();
    endAll();
    await pair?.stop();
  });

  it('that is promoted without the last writes: within 5 s they are applied again (row 25)', async ({ annotate }) => {
    await scene.works();
    await pair.copied();
    await pair.separate();
    const missed = scene.clients.acknowledged.length;
    await eventually(() => expect(scene.clients.acknowledged.length).toBeGreaterThan(missed + 100));
    const seqs = [pair.primary, pair.replica].map((server) => server.ask('HGET', META, 'seq'));
    const [last, known] = (await Promise.all(seqs)).map(Number);
    await pair.promote();
    const sinceMs = performance.now();
    const isBack = ({ path, labels }: Reply) => path === '/v1/positions' && labels.includes('unknown');
    const { askedAtMs, tookMs } = await scene.told(sinceMs, isBack);
    const detectedMs = countedMs(sinceMs, askedAtMs + tookMs);
    const wholeMs = await scene.caughtUp(sinceMs);
    await annotate(`detected after ${Math.round(detectedMs)} ms, applied again after ${Math.round(wholeMs)} ms`);
    expect(known).toBeLessThan(last ?? 0);
    expect(detectedMs).toBeLessThanOrEqual(5_000);
    await scene.isWhole();
  });

  it('whose prefix another log takes: the service ends and says so', async () => {
    const server = pair.replica;
    const format = String(await server.ask('HGET', META, 'format'));
    await server.ask('DEL', META);
    const others = ['contents', '0123456789ab', 'format', format, 'log', 'another', 'run', 'x', 'evicted', '0'];
    await server.ask('HSET', META, ...others);
    const { code, err } = await scene.server.exited;
    expect(code).toBeGreaterThan(0);
    expect(err).toContain('the state of another log');
  });
});
