/** What somebody meets whose first start with Redis and Qdrant goes wrong, and one that begins before they do. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '../../../src/limits.js';
import { endAll, ensureBuilt, removeFolder, Server, scratchFolder } from '../../processes/server.test-support.js';
import { eventually } from '../eventually.test-support.js';
import { countedMs } from '../machine-time.test-support.js';
import { FaultProxy } from '../proxy.js';
import { OwnQdrant } from '../qdrant.js';
import { OwnRedis, OwnRedisPair } from '../redis.js';
import { certificate } from '../services/certificate.js';
import { loopback } from '../services/ports.js';
import {
  hasOwnQdrant,
  hasOwnRedis,
  isRealQdrant,
  kafkaSecureUrls,
  ownKafkaMissing,
  ownQdrantMissing,
  ownRedisMissing,
  qdrantMissing,
  qdrantUrl,
  realQdrantMissing,
} from '../settings.js';
import { endOf, expectRefusal, unusedPort, WRONG } from './refusal.test-support.js';

type Settings = Readonly<Record<string, string>>;

const PASSWORD = 'what-redis-asks-for';

let folder: string;
let redis: OwnRedis;
beforeEach(() => {
  folder = scratchFolder();
});
afterEach(() => {
  endAll();
  removeFolder(folder);
});
beforeAll(ensureBuilt);

/** On an embedded log, which wants nothing that could be missing. */
const spawned = (settings: Settings, at = folder) => new Server(at, { settings });
const redisAt = (address: string, more: Settings = {}) => ({ STATE_URL: `redis://${address}`, ...more });
const qdrantAt = (url: string, more: Settings = {}) => ({ INDEX_URL: url, ...more });

async function serves(settings: Settings): Promise<void> {
  const server = await Server.start(folder, { settings });
  expect(await server.ask('/livez')).toMatchObject({ status: 200 });
  expect(await server.stop()).toMatchObject({ code: 0 });
}

describe.skipIf(!hasOwnRedis())(`a first start with Redis that goes wrong (${ownRedisMissing()})`, () => {
  beforeAll(async () => {
    redis = await OwnRedis.start({ password: PASSWORD });
  });
  afterAll(() => redis.stop());

  const refused = (settings: Settings, message: RegExp) => expectRefusal(spawned(settings), message, [PASSWORD]);
  const ours = (more: Settings = {}) =>
    redisAt(redis.server.address, { REDIS_PASSWORD: PASSWORD, REDIS_PREFIX: `t-${randomUUID()}`, ...more });

  it('says that password or user are wrong, also where none was given', async () => {
    const message = /^error: Redis refuses the user or the password/;
    const wrong = [ours({ REDIS_PASSWORD: WRONG }), ours({ REDIS_USERNAME: 'nobody' }), redisAt(redis.server.address)];
    const starts = wrong.map((settings, at) => spawned(settings, join(folder, String(at))));
    await Promise.all(starts.map((server) => expectRefusal(server, message, [PASSWORD])));
  });

  it('says what the user may not do', async () => {
    await redis.server.ask('ACL', 'SETUSER', 'poor', 'on', `>${PASSWORD}`, '+@all', '~other:*', '&*');
    await refused(ours({ REDIS_USERNAME: 'poor' }), /^error: The Redis user has no rights to what was asked for/);
  });

  it('says that keys would be dropped, and by which policy (row 26)', async () => {
    await redis.server.ask('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    await refused(ours(), /^error: Redis drops keys when memory runs short \(maxmemory-policy allkeys-lru\)/);
    await redis.server.ask('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
  });

  it('says that it is a replica', async () => {
    const pair = await OwnRedisPair.start();
    await refused(redisAt(pair.replica.address), /^error: STATE_URL names a replica, which takes no writes/);
    await pair.stop();
  });

  it('says that there is no such database', async () => {
    await refused(
      ours({ STATE_URL: `redis://${redis.server.address}/99` }),
      /^error: Redis has no database of the number/,
    );
  });

  it('says that the state is of another log, and of another version', async () => {
    const settings = ours({ REDIS_PREFIX: 'taken' });
    await serves(settings);
    const elsewhere = scratchFolder();
    const message = /^error: What lies in Redis under this prefix is the state of another log/;
    await expectRefusal(spawned(settings, elsewhere), message, [PASSWORD]);
    removeFolder(elsewhere);
    await redis.server.ask('HSET', '{taken}:meta', 'format', 'of the future');
    await refused(settings, /^error: What lies in Redis under this prefix was written by another version/);
  });

  describe.skipIf(kafkaSecureUrls() === undefined)(`behind TLS (${ownKafkaMissing()})`, () => {
    /** Takes TLS connections for it. */
    async function behindTls<Result>(work: (address: string, caPath: string) => Promise<Result>): Promise<Result> {
      const { keyStorePath, keyStorePassword, caPath } = await certificate();
      const server = createServer({ pfx: readFileSync(keyStorePath), passphrase: keyStorePassword }, (socket) => {
        const inner = connect(redis.server.plan.port, loopback);
        for (const one of [socket, inner]) one.on('error', () => [socket, inner].map((other) => other.destroy()));
        socket.pipe(inner).pipe(socket);
      });
      server.on('tlsClientError', () => undefined);
      await new Promise<void>((resolve) => server.listen(0, loopback, resolve));
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      try {
        return await work(`${loopback}:${port}`, caPath);
      } finally {
        server.close();
      }
    }

    it('works with the certificate that vouches for it, and says that nobody it knows does without', async () => {
      await behindTls(async (address, caPath) => {
        const settings = ours({ STATE_URL: `rediss://${address}` });
        await serves({ ...settings, REDIS_TLS_CA: caPath });
        await refused(settings, /^error: No TLS connection to Redis comes about/);
      });
    });

    it('hints at TLS where the port wants it and nobody said so, and the other way round', async () => {
      await behindTls(async (address) => {
        await hintedAtTls([`redis://${address}`, `rediss://${redis.server.address}`]);
      });
    });
  });
});

/** All at once: each is waited for a while. */
async function hintedAtTls(urls: readonly string[]): Promise<void> {
  const starts = urls.map(async (url, at) => {
    const settings = { STATE_URL: url, REDIS_PASSWORD: PASSWORD };
    const [message, advice] = await endOf(spawned(settings, join(folder, String(at))), [PASSWORD]);
    expect(message).toMatch(/^error: Redis cannot be reached/);
    expect(advice).toContain('whether its port speaks TLS');
  });
  await Promise.all(starts);
}

describe.skipIf(qdrantUrl() === undefined)(`a first start with Qdrant that goes wrong (${qdrantMissing()})`, () => {
  const url = qdrantUrl() ?? '';
  const refused = (settings: Settings, message: RegExp) => expectRefusal(spawned(settings), message);
  const qdrant = async (method: string, path: string, body?: unknown) => {
    const init = { method, headers: { 'content-type': 'application/json' } };
    const reply = await fetch(`${url}${path}`, body === undefined ? init : { ...init, body: JSON.stringify(body) });
    expect(`${method} ${path} ${reply.status}`).toBe(`${method} ${path} 200`);
    return JSON.parse(await reply.text()) as { result: { collections?: readonly { name: string }[] } };
  };
  const other = { vectors: { dense: { size: 8, distance: 'Dot' } }, sparse_vectors: { terms: {} } };
  const collections = async (prefix: string) => {
    const { result } = await qdrant('GET', '/collections');
    return (result.collections ?? []).map(({ name }) => name).filter((name) => name.startsWith(prefix));
  };

  it('says that the name is that of something else, and drops none of it', async () => {
    const name = `t-${randomUUID()}`;
    await qdrant('PUT', `/collections/${name}-other`, other);
    const actions = [{ create_alias: { alias_name: name, collection_name: `${name}-other` } }];
    await qdrant('POST', '/collections/aliases', { actions });
    const settings = qdrantAt(url, { QDRANT_COLLECTION: name });
    await refused(
      settings,
      /^error: the index in Qdrant cannot be used: the alias ".*" is that of a collection of some/,
    );
    const direct = { QDRANT_COLLECTION: `${name}-other` };
    await refused(
      qdrantAt(url, direct),
      /^error: the index in Qdrant cannot be used: ".*" is a collection of something/,
    );
    expect(await collections(name)).toEqual([`${name}-other`]);
    await qdrant('DELETE', `/collections/${name}-other`);
  });

  it.skipIf(!hasOwnRedis())(
    `says that the collection is of another model, and writes nothing there (row 37, ${ownRedisMissing()})`,
    async () => {
      const state = await OwnRedis.start();
      const name = `t-${randomUUID()}`;
      const settings = { ...redisAt(state.server.address), ...qdrantAt(url, { QDRANT_COLLECTION: name }) };
      await serves(settings);
      const [collection = ''] = await collections(name);
      await qdrant('DELETE', `/collections/${collection}`);
      await qdrant('PUT', `/collections/${collection}`, other);
      await refused(
        settings,
        /^error: the index in Qdrant cannot be used: the collection ".*" has vectors of 8 numbers/,
      );
      const { result } = await qdrant('POST', `/collections/${collection}/points/count`, { exact: true });
      expect(result).toEqual({ count: 0 });
      await qdrant('DELETE', `/collections/${collection}`);
      await state.stop();
    },
  );

  it.skipIf(!isRealQdrant() || !hasOwnQdrant())(
    `says that the key is not accepted (${isRealQdrant() ? ownQdrantMissing() : realQdrantMissing()})`,
    async () => {
      const guarded = await OwnQdrant.start(undefined, 'what-qdrant-asks-for');
      const message = /^error: the index in Qdrant cannot be used: the key is not accepted/;
      await refused(qdrantAt(guarded.url, { QDRANT_API_KEY: WRONG }), message);
      await refused(qdrantAt(guarded.url), message);
      await serves(qdrantAt(guarded.url, { QDRANT_API_KEY: 'what-qdrant-asks-for' }));
      await guarded.stop();
    },
  );
});

describe('engines that nobody answers for', () => {
  it('are named after a while in which they might have come, also where something takes connections and says nothing', async () => {
    const address = `${loopback}:${await unusedPort()}`;
    const mute = await FaultProxy.open({ listen: await unusedPort(), target: await unusedPort() });
    await mute.setFault({ kind: 'hang' });
    const [noRedis, noQdrant] = [
      /^error: Redis cannot be reached/,
      /^error: Nothing at INDEX_URL answers as Qdrant does/,
    ];
    await Promise.all([
      expectRefusal(spawned(redisAt(address), join(folder, '1')), noRedis),
      expectRefusal(spawned(redisAt(mute.address), join(folder, '2')), noRedis),
      expectRefusal(spawned(qdrantAt(`http://${address}`), join(folder, '3')), noQdrant),
    ]);
    await mute.close();
  });
});

/** Nobody answers there yet; what will is at the port. */
async function absent(target: number): Promise<FaultProxy> {
  const proxy = await FaultProxy.open({ listen: await unusedPort(), target });
  await proxy.setFault({ kind: 'refuse' });
  return proxy;
}

const missing = qdrantUrl() === undefined ? qdrantMissing() : ownRedisMissing();
describe.skipIf(qdrantUrl() === undefined || !hasOwnRedis())(`engines that come later (${missing})`, () => {
  it('are waited for with a line, in whatever order they come; and a stop ends the wait', async () => {
    const state = await OwnRedis.start();
    const first = await absent(state.server.plan.port);
    const second = await absent(Number(new URL(qdrantUrl() ?? '').port));
    const at = { ...redisAt(first.address), ...qdrantAt(`http://${second.address}`) };
    const settings = { ...at, QDRANT_COLLECTION: `t-${randomUUID()}`, LOG_LEVEL: 'warn' };
    const saying = (server: Server, text: string) => eventually(() => expect(server.told).toContain(text));

    const stopped = spawned(settings);
    await saying(stopped, 'Redis cannot be reached. It is asked again.');
    const startedAtMs = performance.now();
    expect(await stopped.stop()).toMatchObject({ code: 0 });
    expect(countedMs(startedAtMs)).toBeLessThan(limits.drainMs);

    const server = spawned(settings);
    await saying(server, 'Redis cannot be reached. It is asked again.');
    await first.setFault({ kind: 'none' });
    await saying(server, 'Nothing at INDEX_URL answers as Qdrant does. It is asked again.');
    await second.setFault({ kind: 'none' });
    expect(await server.opened).toMatch(/^http:/);
    await server.ready();
    expect(await server.stop()).toMatchObject({ code: 0 });
    for (const one of [first, second]) await one.close();
    await state.stop();
  });
});
