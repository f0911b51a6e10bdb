/** What a store takes that holds much of one tenant, in the time of its server: nothing that grows with the square of it. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { OwnRedis } from '../../eval/live/redis.js';
import { size } from '../../eval/prove/settings.js';
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

    it('a write and the view of an account do not look at the marks of others', async () => {
      const store = await states.open({ prefix: 'marks' });
      await replacing(store, 0)();
      const view = () => store.account('acme', 'A-1');
      await view();
      const quietMs = await scriptMs(view);
      await mark(store, size(5_000, 10_000));
      const [sliceMs, viewMs] = [await scriptMs(replacing(store, 100)), await scriptMs(view)];
      expect((await store.tenant('acme')).blocked).toHaveLength(size(5_000, 10_000));
      expect((await view()).blocked).toEqual([]);
      expect(sliceMs).toBeLessThan(20);
      expect(viewMs).toBeLessThan(3 * quietMs + 1);
    });
  },
);
