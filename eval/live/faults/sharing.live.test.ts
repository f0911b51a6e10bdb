/** Three instances that share one state: partitions are shared out, go over when one dies, and come back; roles; a stop under load (rows 19, 40). */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { JsonObject } from '../../../src/domain/canonical.js';
import { limits } from '../../../src/limits.js';
import { endAll, ensureBuilt, type Server } from '../../processes/server.test-support.js';
import { ProcessScene } from '../processes/scene.test-support.js';
import { kafkaMissing, kafkaUrl, qdrantMissing, qdrantUrl, redisMissing, redisUrl } from '../settings.js';

const missing = [
  [kafkaUrl(), kafkaMissing()],
  [redisUrl(), redisMissing()],
  [qdrantUrl(), qdrantMissing()],
].find(([url]) => url === undefined)?.[1];

const WITHIN = { timeout: limits.remoteSessionMs + limits.remoteSessionGraceMs + 10_000, interval: 100 };

describe.skipIf(missing !== undefined)(
  `instances that share a state (${missing ?? 'on Kafka, Redis and Qdrant'})`,
  { timeout: 180_000 },
  () => {
    let scene: ProcessScene;
    const servers = new Map<string, Server>();
    const stores = {
      STATE_URL: redisUrl() ?? '',
      REDIS_PREFIX: `t-${randomUUID()}`,
      INDEX_URL: qdrantUrl() ?? '',
      QDRANT_COLLECTION: `t-${randomUUID()}`,
    };
    beforeAll(async () => {
      ensureBuilt();
      scene = await ProcessScene.open('file');
      await Promise.all(['a', 'b', 'c'].map((name) => start(name)));
    }, 120_000);
    afterAll(async () => {
      endAll();
      await scene.close();
    });

    async function start(name: string, more: Readonly<Record<string, string>> = {}): Promise<Server> {
      const journal = {
        JOURNAL_URL: `file:${join(scene.folder, name)}`,
        AUDIT_SPOOL: join(scene.folder, `${name}-spool`),
      };
      const server = await scene.start({ ...stores, ...journal, ...more });
      servers.set(name, server);
      return server;
    }

    async function positionsOf(server: Server): Promise<JsonObject> {
      const heard = await server.ask('/v1/positions');
      if (heard.kind !== 'reply' || heard.status !== 200) throw new Error('no positions');
      return heard.body;
    }

    async function owned(server: Server): Promise<readonly string[]> {
      const { partitions } = await positionsOf(server);
      const all: readonly JsonObject[] = Array.isArray(partitions) ? partitions.filter(isObject) : [];
      return all.filter((one) => one.owned === true).map(({ topic, partition }) => `${topic}:${partition}`);
    }

    /** Every partition is applied by one of them, and by nobody else. */
    const settled = (names: readonly string[]) =>
      vi.waitFor(async () => {
        const some = names.map((name) => servers.get(name)).filter((server) => server !== undefined);
        const shares = await Promise.all(some.map(owned));
        const { partitions } = await positionsOf(some[0] as Server);
        expect(shares.flat()).toHaveLength(Array.isArray(partitions) ? partitions.length : -1);
        expect(new Set(shares.flat()).size).toBe(shares.flat().length);
        for (const share of shares) expect(share.length).toBeGreaterThan(0);
        return new Map(names.map((name, index) => [name, shares[index] ?? []]));
      }, WITHIN);

    it('share out all partitions; of one that is killed they are taken over, and the others keep theirs (row 19)', async () => {
      const before = await settled(['a', 'b', 'c']);
      await servers.get('c')?.kill();
      const between = await settled(['a', 'b']);
      for (const name of ['a', 'b'])
        expect(between.get(name)).toEqual(expect.arrayContaining([...(before.get(name) ?? [])]));
      await start('c');
      const after = await settled(['a', 'b', 'c']);
      for (const name of ['a', 'b']) {
        const kept = (after.get(name) ?? []).filter((key) => between.get(name)?.includes(key));
        expect(kept).toEqual(after.get(name));
      }
    });

    it('answer by role: one that only answers owns nothing, one that only applies answers nothing', async () => {
      const api = await start('api', { ROLE: 'api' });
      await api.ready();
      expect(await owned(api)).toEqual([]);
      expect((await positionsOf(api)).instance).toMatchObject({ role: 'api' });
      const materializer = await start('materializer', { ROLE: 'materializer' });
      expect(await materializer.ask('/v1/context', { account: 'A-1' })).toMatchObject({ status: 404 });
      await settled(['a', 'b', 'c', 'materializer']);
      for (const server of [api, materializer]) expect(await server.stop()).toMatchObject({ code: 0 });
    });

    it('leave at once when they are told to stop, and end within ten seconds (row 40)', async () => {
      await settled(['a', 'b', 'c']);
      const startedAtMs = performance.now();
      expect(await servers.get('b')?.stop()).toMatchObject({ code: 0 });
      expect(performance.now() - startedAtMs).toBeLessThan(limits.drainMs);
      await settled(['a', 'c']);
      expect(performance.now() - startedAtMs).toBeLessThan(limits.remoteSessionMs);
    });
  },
);

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
