/**
 * A keyed snapshot of 18 entities of 8 KB from Redis over HTTP, with its audit record on the local disk before the reply: how long one takes,
 * against the one call that has to be made and an answer of constant size; and how many there are, against the least that answers.
 */
import { Redis } from 'ioredis';
import { Layout } from '../../../connectors/redis/layout.js';
import { addressOf } from '../../../connectors/redis/settings.js';
import { serveConstant } from '../constant.js';
import { snapshotEvents } from '../events.js';
import { type Contender, type Row, spread, type Unavailable } from '../harness.js';
import { loadFrom } from '../load.js';
import { type KeyedRead, readAccount } from '../redis/keyed-read.js';
import { serveMinimal } from '../redis/minimal.js';
import { openRedisWorld, type RedisWorld } from '../redis/world.js';
import { answerOf, requestBody, serveWorld, settle, tenant, warmUp } from '../snapshot-world.js';

const CONNECTIONS = 16;
const ROUND_MS = 2_000;
const BARE_READS = 5_000;

export const redisSnapshotTime: Row = {
  name: 'redis: snapshot, keyed, 18 entities of 8 KB, audit spool on, one connection, p50 ÷ p50 of one call that reads them + p50 of hono returning a constant string',
  unit: 'ms',
  better: 'low',
  goal: { ship: 1.5, stretch: 1.2 },
  open: async () => {
    const served = await openServed();
    if ('unavailable' in served) return served;
    const { ours, read, close } = served;
    const constant = await serveConstant(await answerOf(ours));
    const client = new Redis(addressOf(read.address));
    const bare = await bareRead(client, read);
    const parts: { readonly read: number; readonly constant: number }[] = [];
    const baseline = async () => {
      const part = { read: await bare(), constant: await p50Ms(constant.url) };
      parts.push(part);
      return part.read + part.constant;
    };
    const median = (of: 'read' | 'constant') => spread(parts.map((part) => part[of])).median.toFixed(3);
    return {
      ours: () => p50Ms(ours),
      baseline,
      note: () => `the read ${median('read')}, the constant ${median('constant')} ms`,
      close: async () => {
        client.disconnect();
        constant.close();
        await close();
      },
    };
  },
};

export const redisSnapshotRate: Row = {
  name: `redis: snapshot, the same, ${CONNECTIONS} connections ÷ minimal hono + ioredis handler on the same keys`,
  unit: 'requests/s',
  better: 'high',
  goal: { ship: 0.7, stretch: 0.9 },
  open: async () => {
    const served = await openServed();
    if ('unavailable' in served) return served;
    const minimal = await serveMinimal(served.read);
    const load = { body: requestBody, connections: CONNECTIONS, perSecond: null, forMs: ROUND_MS };
    const rate = (url: string) => async () => (await loadFrom({ ...load, url })).answersPerSecond;
    await warmUp(minimal.url);
    const close = async () => {
      minimal.close();
      await served.close();
    };
    return { ours: rate(served.ours), baseline: rate(minimal.url), close };
  },
};

interface Served {
  readonly ours: string;
  readonly read: KeyedRead;
  close(): Promise<void>;
}

async function openServed(): Promise<Served | Unavailable> {
  const world = await openRedisWorld();
  if ('unavailable' in world) return world;
  await world.service.intake.append(tenant, snapshotEvents(tenant));
  await settle(world.service);
  const server = await serveWorld(world.service);
  await warmUp(server.context);
  const close = async () => {
    await server.drain();
    await world.close();
  };
  return { ours: server.context, read: await readOf(world), close };
}

async function readOf({ redis, state }: RedisWorld): Promise<KeyedRead> {
  const layout = new Layout('tidemark', await state.contents());
  return { address: redis.server.address, keys: [layout.progress, layout.account(tenant, 'A-1').entities] };
}

async function p50Ms(url: string): Promise<number> {
  const load = { url, body: requestBody, connections: 1, perSecond: null, forMs: ROUND_MS };
  return spread((await loadFrom(load)).latenciesMs).median;
}

async function bareRead(client: Redis, { keys }: KeyedRead): Promise<Contender> {
  const sha = String(await client.script('LOAD', readAccount));
  return async () => {
    const timesMs: number[] = [];
    for (let n = 0; n < BARE_READS; n++) {
      const startedAtMs = performance.now();
      await client.evalsha(sha, keys.length, ...keys);
      timesMs.push(performance.now() - startedAtMs);
    }
    return spread(timesMs).median;
  };
}
