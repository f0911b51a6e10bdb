/** What a store takes that holds much of one tenant, in the time of its server: nothing that grows with the square of it. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { OwnRedis } from '../../eval/live/redis.js';
import { entity, writer } from '../../src/state/contract-kit.js';
import type { StateStore } from '../../src/state/port.js';
import { openStates, redisMissing } from './redis.test-support.js';

const upTo = (count: number, from = 0) => Array.from({ length: count }, (_, n) => from + n);

describe.skipIf(redisMissing() !== undefined)(
  `much of one tenant in Redis (${redisMissing() ?? 'needs Redis'})`,
  () => {
    let server: OwnRedis;
    const states = openStates(() => server.server.address);
    beforeAll(async () => {
      server = await OwnRedis.start();
    });
    afterEach(() => states.closeAll());
    afterAll(() => server.stop());

    /** How long the server worked on scripts meanwhile. */
    const scriptMs = async (work: () => Promise<unknown>): Promise<number> => {
      await server.server.ask('CONFIG', 'RESETSTAT');
      await work();
      const stats = String(await server.server.ask('INFO', 'commandstats'));
      return (
        [...stats.matchAll(/cmdstat_eval(?:sha)?:calls=\d+,usec=(\d+)/g)].reduce((sum, [, us]) => sum + Number(us), 0) /
        1000
      );
    };

    const tickets = (from: number) => upTo(100, from).map((n) => entity('ticket', `T-${n}`, { offset: n }));

    async function mark(store: StateStore, count: number): Promise<void> {
      for (let from = 0; from < count; from += 100) {
        const concern = (n: number) => ({ tenant: 'acme', kind: 'ticket' as const, id: `B-${n}`, accountId: 'A-9' });
        const block = upTo(100, from).map((n) => ({ rejected: `support.tickets:0:${n}`, concern: concern(n) }));
        await writer(store).write({ block });
      }
    }

    const replacing = (store: StateStore, from: number) => async () => {
      const entities = tickets(from);
      const changes = entities.map((one) => ({ entity: one, expected: null }));
      expect((await writer(store).write({ changes, replaced: entities.map(({ key }) => key) })).kind).toBe('written');
    };

    it('every policy is pending again, and nobody else waits for that', async () => {
      const [count, prefix] = [10_000, 'policies'];
      const [store, other] = [await states.open({ prefix }), await states.open({ prefix })];
      const data = { title: 'x', body: 'x'.repeat(3_000) };
      for (let from = 0; from < count; from += 100) {
        await writer(store).put(...upTo(100, from).map((n) => entity('policy', `P-${n}`, { data })));
      }
      await store.indexed(await store.allPending(100));
      const waits: number[] = [];
      let isDone = false;
      const all = store.repend().finally(() => {
        isDone = true;
      });
      while (!isDone) {
        const began = performance.now();
        await other.account('b', 'A-1');
        waits.push(performance.now() - began);
      }
      expect(await all).toBe(count);
      expect(await other.pendingKeys('acme')).toHaveLength(count);
      expect(waits.length).toBeGreaterThan(1);
    });

    it('a write and the view of an account do not look at the marks of others', async () => {
      const store = await states.open({ prefix: 'marks' });
      await replacing(store, 0)();
      const view = () => store.account('acme', 'A-1');
      await view();
      const quietMs = await scriptMs(view);
      await mark(store, 10_000);
      const slices: number[] = [];
      for (const from of [100, 200, 300]) slices.push(await scriptMs(replacing(store, from)));
      const [sliceMs, viewMs] = [Math.min(...slices), await scriptMs(view)];
      expect((await store.tenant('acme')).blocked).toHaveLength(10_000);
      expect((await view()).blocked).toEqual([]);
      expect(sliceMs).toBeLessThan(20);
      expect(viewMs).toBeLessThan(3 * quietMs + 1);
    });
  },
);
