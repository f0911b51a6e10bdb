import { afterEach, describe, expect, it, vi } from 'vitest';
import { eventually } from '../../eval/live/eventually.test-support.js';
import { countedMs } from '../../eval/live/machine-time.test-support.js';
import { FaultProxy } from '../../eval/live/proxy.js';
import { OwnRedis, type OwnRedisPlan } from '../../eval/live/redis.js';
import type { TidemarkError } from '../../src/errors.js';
import { limits } from '../../src/limits.js';
import { entity, noCounts, tickets, writer } from '../../src/state/contract-kit.js';
import type { StateStore } from '../../src/state/port.js';
import { Connection } from './connection.js';
import { openStates, redisMissing, settingsFor } from './redis.test-support.js';

const counts = { ...noCounts, applied: 1 };

/** Ticket `n` of account A-1, as the record at offset `n`. */
async function apply(store: StateStore, n: number, data = {}) {
  const changes = [{ entity: entity('ticket', `T-${n}`, { offset: n, data }), expected: null }];
  return writer(store).write({ after: BigInt(n) - 1n, through: BigInt(n), counts, changes });
}

const membersOf = async (store: StateStore) =>
  (await store.account('acme', 'A-1')).members.map(({ watermark }) => Number(watermark.position.offset)).sort();

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

const failed = (error: unknown) => error as TidemarkError;

describe.skipIf(redisMissing() !== undefined)(`a state in Redis (${redisMissing() ?? 'needs Redis'})`, () => {
  let server: OwnRedis;
  const states = openStates(() => server.server.address);
  const start = async (plan: OwnRedisPlan = {}) => {
    server = await OwnRedis.start(plan);
    return states.open();
  };
  const again = (store: StateStore) =>
    eventually(async () => {
      await store.through();
      expect(store.trouble).toBeNull();
    });
  afterEach(async () => {
    states.closeAll();
    await server.stop();
  });

  it('is what it was after a restart on its append-only file (row 22)', async () => {
    const store = await start({ appendOnly: true, overrides: { appendfsync: 'everysec' } });
    for (const n of upTo(5)) await apply(store, n);
    const contents = await store.contents();
    const runs = vi.fn();
    store.watch(runs);
    await server.restart();
    await again(store);
    const members = await membersOf(store);
    expect(members).toEqual(upTo(members.length));
    expect([await store.contents(), (await store.through()).get(tickets)]).toEqual([
      contents,
      BigInt(members.length - 1),
    ]);
    await eventually(() => expect(runs).toHaveBeenCalledWith(['anything']));
    expect((await apply(store, members.length)).kind).toBe('written');
  });

  it('falls back with its progress when the tail of its file is lost, and is folded on from there (row 23)', async () => {
    const store = await start({ appendOnly: true });
    for (const n of upTo(6)) await apply(store, n);
    await store.account('acme', 'A-1');
    const cut = await server.restartWithout(2);
    expect(cut).toBeDefined();
    await again(store);
    const through = Number((await store.through()).get(tickets));
    expect(through).toBeLessThan(5);
    expect(await membersOf(store)).toEqual(upTo(through + 1));
    expect(await apply(store, 6)).toEqual({ kind: 'conflict', keys: [] });
    for (const n of [through + 1, through + 2]) expect((await apply(store, n)).kind).toBe('written');
    expect(await membersOf(store)).toEqual(upTo(through + 3));
  });

  it('that was flushed is unknown, has other contents, and takes nothing that rests on the old ones (row 24)', async () => {
    const store = await start();
    const other = await states.open();
    const old = entity('policy', 'P-1');
    await writer(store).put(old);
    for (const n of [1]) await apply(store, n);
    const contents = await store.contents();
    const told = vi.fn();
    other.watch(told);
    await server.flush();
    const late = await writer(other).replace(old, entity('policy', 'P-1', { offset: 5 }));
    expect(late.kind).toBe('conflict');
    expect([await store.through(), await membersOf(store)]).toEqual([new Map(), []]);
    expect((await store.tenant('acme')).policies.byRef.size).toBe(0);
    const anew = await store.contents();
    expect(anew).not.toBe(contents);
    expect(await other.contents()).toBe(anew);
    expect(told).toHaveBeenCalledWith(['anything']);
    expect((await apply(other, 0)).kind).toBe('written');
    expect(await membersOf(store)).toEqual([0]);
  });

  it('tells within five seconds that Redis drops keys, and begins anew once it has (row 26)', async () => {
    const store = await start();
    for (const n of upTo(50)) await apply(store, n, { subject: 'x'.repeat(20_000) });
    const contents = await store.contents();
    await server.server.ask('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-random', 'maxmemory', '1500000');
    // It drops keys when it is asked for room.
    await eventually(
      async () => {
        await server.server.ask('SET', 'others', 'x').catch(() => undefined);
        expect(store.trouble).toEqual({ kind: 'evicting', policy: 'allkeys-random' });
      },
      { everyMs: 100 },
    );
    await expect(store.account('acme', 'A-1')).rejects.toMatchObject({ code: 'state_unavailable', retriable: true });
    expect(String(await server.server.ask('INFO', 'stats'))).toMatch(/evicted_keys:[1-9]/);
    await server.server.ask('CONFIG', 'SET', 'maxmemory-policy', 'noeviction', 'maxmemory', '0');
    await again(store);
    await eventually(async () => expect(await store.contents()).not.toBe(contents));
    expect([await store.through(), await membersOf(store)]).toEqual([new Map(), []]);
    expect((await apply(store, 0)).kind).toBe('written');
  });

  it('says that memory is out, has written nothing, and goes on when there is some (row 27)', async () => {
    const store = await start();
    await apply(store, 0);
    await server.server.ask('CONFIG', 'SET', 'maxmemory', '1');
    const error = failed(await apply(store, 1).catch((reason: unknown) => reason));
    expect([error.code, error.retriable, error.facts.reason]).toEqual(['state_unavailable', true, 'OOM']);
    expect(await membersOf(store)).toEqual([0]);
    await server.server.ask('CONFIG', 'SET', 'maxmemory', '0');
    expect((await apply(store, 1)).kind).toBe('written');
    expect(await membersOf(store)).toEqual([0, 1]);
  });

  it('that stands still fails calls in time, then at once, and goes on with it (row 28)', async () => {
    const store = await start();
    await apply(store, 0);
    server.server.pause();
    const began = performance.now();
    await expect(store.account('acme', 'A-1')).rejects.toMatchObject({ code: 'state_unavailable' });
    const firstMs = countedMs(began);
    const later = performance.now();
    for (let tries = 0; tries < 20; tries++) await store.account('acme', 'A-1').catch(() => undefined);
    const laterMs = countedMs(later);
    expect(server.server.isStopped).toBe(true);
    expect(store.trouble?.kind).toBe('unreachable');
    server.server.resume();
    await again(store);
    expect(firstMs).toBeGreaterThan(limits.stateAskMs - 20);
    expect(firstMs).toBeLessThan(limits.stateAskMs + 150);
    expect(laterMs).toBeLessThan(100);
    expect(await membersOf(store)).toEqual([0]);
  });

  it('applies a write once whose reply was lost, and tells of it once (row 29)', async () => {
    server = await OwnRedis.start();
    const proxy = await FaultProxy.open({ listen: 0, target: server.server.plan.port });
    const store = await states.open({ address: proxy.address });
    const told = vi.fn();
    // The first run of the script is answered by a server that does not know it yet.
    await apply(store, 0);
    store.watch(told);
    await proxy.setFault({ kind: 'reset', afterAnswerBytes: 1 });
    const error = failed(await apply(store, 1).catch((reason: unknown) => reason));
    const { bites } = proxy.counts;
    await proxy.setFault({ kind: 'none' });
    expect([error.code, error.retriable, bites > 0]).toEqual(['state_unavailable', true, true]);
    await again(store);
    expect(await apply(store, 1)).toMatchObject({ kind: 'conflict' });
    expect((await store.progress()).get(tickets)).toEqual({ through: 1n, counts: { ...counts, applied: 2 } });
    expect(await membersOf(store)).toEqual([0, 1]);
    await eventually(() => expect(told).toHaveBeenCalled());
    await proxy.close();
  });

  it('does not notice that Redis has forgotten its scripts (row 30)', async () => {
    const store = await start();
    await apply(store, 0);
    await server.server.ask('SCRIPT', 'FLUSH');
    expect((await apply(store, 1)).kind).toBe('written');
    await server.server.ask('SCRIPT', 'FLUSH');
    expect(await membersOf(store)).toEqual([0, 1]);
  });

  it.each([
    ['a value of another type', 'SET', ['a text']],
    ['a value that is no entity', 'HSET', ['ticket:T-1', 'garbage']],
    ['a field that names no kind', 'HSET', ['R-1', '["1",0,"i",null]\n1\n[]\n']],
  ])('gives up contents in which it finds %s, and begins anew', async (_what, command, args) => {
    const store = await start();
    for (const n of upTo(2)) await apply(store, n);
    const contents = await store.contents();
    const key = `{tidemark:${contents}:a:acme:A-1}:e`;
    expect(await server.server.ask('EXISTS', key)).toBe(1);
    if (command === 'SET') await server.server.ask('DEL', key);
    await server.server.ask(command, key, ...args);
    const error = failed(await store.account('acme', 'A-1').catch((reason: unknown) => reason));
    expect([error.code, error.retriable]).toEqual(['state_unavailable', true]);
    expect(await store.contents()).not.toBe(contents);
    expect(await store.through()).toEqual(new Map());
    expect((await apply(store, 0)).kind).toBe('written');
    await eventually(async () => expect(await server.server.ask('EXISTS', key)).toBe(0));
  });

  it.each([
    ['of a kind', ['room:R-1', '["1",0,"i",null]\n1\n[]\n']],
    ['with columns', ['ticket:T-9', '["1",0,"i",null]\n1\n["t",0,0,null,[],null,[],null,"new"]\n']],
  ])(
    'gives nothing up where it finds a value %s that it does not know, and says that it is old',
    async (_what, args) => {
      const store = await start();
      for (const n of upTo(2)) await apply(store, n);
      const contents = await store.contents();
      const key = `{tidemark:${contents}:a:acme:A-1}:e`;
      await server.server.ask('HSET', key, ...args);
      const error = failed(await store.account('acme', 'A-1').catch((reason: unknown) => reason));
      expect([error.code, error.retriable, error.facts.reason]).toEqual(['state_unavailable', true, 'NEWER']);
      expect(error.advice).toContain('Upgrade');
      expect([await store.contents(), (await store.through()).get(tickets)]).toEqual([contents, 1n]);
      await server.server.ask('HDEL', key, args[0] ?? '');
      await apply(store, 2);
      expect(await membersOf(store)).toEqual(upTo(3));
    },
  );

  it('that is long about one call is not silent to others', async () => {
    const store = await start();
    const settings = settingsFor(server.server.address);
    const [one, beside] = [await Connection.open(settings), await Connection.open(settings)];
    one.probeOver(beside);
    const waiting = one.ask(() => one.client.blpop('never', 1));
    await expect(waiting).rejects.toMatchObject({ code: 'state_unavailable' });
    const isUp = one.isUp;
    for (const each of [one, beside]) each.close();
    expect([isUp, store.trouble]).toEqual([true, null]);
  });

  it('gives up contents of which a write was made in part, in the same step', async () => {
    const store = await start();
    await apply(store, 0);
    const contents = await store.contents();
    await server.server.ask('SET', `{tidemark}:${contents}:pending`, 'a text');
    const made = { progress: [], changes: [{ entity: entity('policy', 'P-1'), expected: null }] };
    const error = failed(
      await writer(store)
        .write(made)
        .catch((reason: unknown) => reason),
    );
    expect([error.code, error.facts.reason]).toEqual(['state_unavailable', 'TORN']);
    expect(await store.contents()).not.toBe(contents);
    expect((await store.tenant('acme')).policies.byRef.size).toBe(0);
  });
});
