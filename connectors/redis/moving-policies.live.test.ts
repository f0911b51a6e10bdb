/** A view of policies that are read in several pages, while others write them: of one moment, whatever comes between two scripts. */
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { OwnRedis } from '../../eval/live/redis.js';
import { limits } from '../../src/limits.js';
import { stateStoreContract } from '../../src/state/contract.js';
import { Connection } from './connection.js';
import { readsAsInMemory } from './history.test-support.js';
import { bounds, MovingPolicies, type Writes, writes } from './moving-policies.test-support.js';
import { openStates, redisMissing } from './redis.test-support.js';
import { accountScript, policyNamesScript, policyPageScript, tenantScript } from './scripts.js';

vi.mock('../../src/limits.js', async (original) => {
  const real = await original<typeof import('../../src/limits.js')>();
  const small = { policyPageCountMax: 1, policyPageBytes: 1, policyChecksMax: 1, policyTriesMax: 100 };
  return { ...real, limits: { ...real.limits, ...small } };
});

const reading = [accountScript, tenantScript, policyNamesScript, policyPageScript];

describe.skipIf(redisMissing() !== undefined)(`policies read page by page (${redisMissing() ?? 'needs Redis'})`, () => {
  let server: OwnRedis;
  let prefixes = 0;
  const states = openStates(() => server.server.address);
  beforeAll(async () => {
    server = await OwnRedis.start();
  });
  afterEach(() => {
    vi.restoreAllMocks();
    states.closeAll();
  });
  afterAll(() => server.stop());

  const run = Connection.prototype.run;

  /** So many writes come before each script that reads; what has been written then is told. */
  function between(policies: MovingPolicies, rest: Writes, gaps: readonly number[]) {
    const seen = { pages: 0, writesBetweenPages: 0 };
    let [at, gap] = [0, 0];
    vi.spyOn(Connection.prototype, 'run').mockImplementation(async function (this: Connection, script, keys, args) {
      if (!reading.includes(script)) return run.call(this, script, keys, args);
      const due = rest.slice(at, at + (gaps[gap++ % gaps.length] ?? 0));
      at += due.length;
      for (const one of due) await policies.write(one);
      if (script === policyPageScript) {
        seen.pages++;
        seen.writesBetweenPages += due.length;
      }
      return run.call(this, script, keys, args);
    });
    return seen;
  }

  it('shows policies and positions of one moment, whatever is written between two pages', async () => {
    const gaps = fc.array(fc.nat(2), { minLength: 1, maxLength: 9 });
    const all = { pages: 0, writesBetweenPages: 0 };
    await fc.assert(
      fc.asyncProperty(writes, fc.nat(6), gaps, bounds, async (history, first, each, small) => {
        Object.assign(limits, small);
        const prefix = `moving-${prefixes++}`;
        const policies = new MovingPolicies(await states.open({ prefix }));
        for (const one of history.slice(0, first)) await policies.write(one);
        const reader = await states.open({ prefix });
        const seen = between(policies, history.slice(first), each);
        for (let n = 0; n < 4; n++) {
          expect(await policies.mixture(await reader.tenant('acme'))).toBeUndefined();
          expect(await policies.mixture(await reader.account('acme', 'A-1'))).toBeUndefined();
        }
        all.pages += seen.pages;
        all.writesBetweenPages += seen.writesBetweenPages;
        vi.restoreAllMocks();
        states.closeAll();
      }),
      { numRuns: 120 },
    );
    expect(all.pages).toBeGreaterThan(200);
    expect(all.writesBetweenPages).toBeGreaterThan(40);
  });

  it('reads the same as memory after any history when each policy is a page', async () => {
    Object.assign(limits, { policyPageCountMax: 1, policyPageBytes: 1, policyChecksMax: 1 });
    const open = async () => {
      const prefix = `history-${prefixes++}`;
      return [await states.open({ prefix }), await states.open({ prefix })] as const;
    };
    await readsAsInMemory({ open, close: () => states.closeAll() }, 25);
  });

  it('pages once for all who ask at the same time', async () => {
    Object.assign(limits, { policyPageCountMax: 1, policyPageBytes: 1, policyChecksMax: 1 });
    const prefix = `together-${prefixes++}`;
    const policies = new MovingPolicies(await states.open({ prefix }));
    await policies.write([0, 1, 2, 3].map((id) => ({ id, deleted: false, length: 9 })));
    const reader = await states.open({ prefix });
    const seen = between(policies, [], [0]);
    const views = await Promise.all([1, 2, 3, 4, 5].map(() => reader.tenant('acme')));
    for (const { policies: found } of views) expect(found.byRef.size).toBe(4);
    expect(seen.pages).toBe(4);
  });

  it('says that it is unavailable, for now, when the policies move faster than they can be read', async () => {
    Object.assign(limits, { policyPageCountMax: 1, policyPageBytes: 1, policyChecksMax: 0, policyTriesMax: 5 });
    const prefix = `faster-${prefixes++}`;
    const policies = new MovingPolicies(await states.open({ prefix }));
    const one = [0, 1, 2].map((id) => ({ id, deleted: false, length: 9 }));
    await policies.write(one);
    const reader = await states.open({ prefix });
    between(
      policies,
      Array.from({ length: 100 }, () => one),
      [1],
    );
    await expect(reader.tenant('acme')).rejects.toMatchObject({ code: 'state_unavailable', retriable: true });
  });

  stateStoreContract('the state store in Redis, each policy a page', () =>
    states.open({ prefix: `contract-${prefixes++}` }),
  );
});
