/** A tenant of thousands of policies, read for the first time and when one of them has moved. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { OwnRedis } from '../../eval/live/redis.js';
import { limits } from '../../src/limits.js';
import { entity, writer } from '../../src/state/contract-kit.js';
import type { StateStore } from '../../src/state/port.js';
import { openStates, redisMissing } from './redis.test-support.js';

const PAGE = 100;
const upTo = (count: number, from = 0) => Array.from({ length: count }, (_, n) => from + n);
const policy = (n: number, revision = 1) =>
  entity('policy', `P-${n}`, { offset: n + revision - 1, revision, data: { title: 'x', body: 'x'.repeat(3_000) } });

describe.skipIf(redisMissing() !== undefined)(
  `policies of one tenant in Redis (${redisMissing() ?? 'needs Redis'})`,
  () => {
    let server: OwnRedis;
    const states = openStates(() => server.server.address);
    beforeAll(async () => {
      server = await OwnRedis.start();
    });
    afterEach(() => states.closeAll());
    afterAll(() => server.stop());

    /** The longest that the server worked on one call, and the whole time of the work. */
    const timed = async (work: () => Promise<unknown>) => {
      await server.server.ask('CONFIG', 'SET', 'slowlog-log-slower-than', '500', 'slowlog-max-len', '1000');
      await server.server.ask('SLOWLOG', 'RESET');
      const began = performance.now();
      await work();
      const totalMs = performance.now() - began;
      const log = (await server.server.ask('SLOWLOG', 'GET', '1000')) as readonly (readonly unknown[])[];
      return { totalMs, longestMs: Math.max(...log.map((entry) => Number(entry[2]))) / 1000, calls: log.length };
    };

    const fill = async (store: StateStore, count: number) => {
      for (let from = 0; from < count; from += PAGE) {
        await writer(store).put(...upTo(PAGE, from).map((n) => policy(n)));
      }
    };

    it('answers a reader who knows none of them, and one who knows all but one, and no call is a long one', async () => {
      const [count, prefix] = [10_000, 'cold'];
      const store = await states.open({ prefix });
      await fill(store, count);
      const reader = await states.open({ prefix });
      const first = await timed(async () => expect((await reader.tenant('acme')).policies.byRef.size).toBe(count));
      await writer(store).replace(policy(7), policy(7, 2));
      const second = await timed(async () => {
        const { policies } = await reader.account('acme', 'A-1');
        expect(policies.byRef.get('policy/P-7')?.entity.revision).toBe(2);
      });
      expect(Math.max(first.longestMs, second.longestMs)).toBeLessThan(limits.stateAskMs / 2);
    });
  },
);
