/** The state store in a Redis Cluster of three masters. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../eval/live/eventually.test-support.js';
import { OwnRedisCluster } from '../../eval/live/redis.js';
import type { RedisServer } from '../../eval/live/services/redis-server.js';
import { hasOwnRedis, ownRedisMissing } from '../../eval/live/settings.js';
import { stateStoreContract } from '../../src/state/contract.js';
import { entity, tickets, writer } from '../../src/state/contract-kit.js';
import { openClusterState } from './cluster-grounds.js';
import type { ClusterState } from './cluster-state.js';
import { readsAsInMemory } from './history.test-support.js';

const none = { applied: 0, superseded: 0, duplicate: 0, rejected: 0 };

describe.skipIf(!hasOwnRedis())(`a Redis Cluster (${ownRedisMissing()})`, () => {
  let cluster: OwnRedisCluster;
  const opened: ClusterState[] = [];
  let prefixes = 0;
  const open = async (prefix = `contract-${prefixes++}`) => {
    const addresses = cluster.nodes.map(({ address }) => address);
    const settings = { addresses, tls: null, username: null, password: null, prefix };
    const state = await openClusterState(settings, 'log-1');
    opened.push(state);
    return state;
  };
  beforeAll(async () => {
    cluster = await OwnRedisCluster.start();
  });
  const closeAll = async () => {
    await Promise.all(opened.splice(0).map((state) => state.close()));
  };
  afterEach(closeAll);
  afterAll(() => cluster.stop());

  stateStoreContract('the state store in a Redis Cluster', () => open());

  it('reads the same after any history as memory does, through whichever of two instances', async () => {
    const both = async () => {
      const prefix = `history-${prefixes++}`;
      return [await open(prefix), await open(prefix)] as const;
    };
    await readsAsInMemory({ open: both, close: closeAll }, 8);
  });

  const nodeAt = (index: number): RedisServer => {
    const node = cluster.nodes[index];
    if (node === undefined) throw new Error('a cluster has three nodes');
    return node;
  };

  it('tells another instance of what was written, and shows it', async () => {
    const [one, two] = [await open('shared'), await open('shared')];
    const moves: unknown[] = [];
    two.watch((seen) => moves.push(...seen));
    await writer(one).put(entity('ticket', 'T-1'));
    expect((await two.account('acme', 'A-1')).members).toHaveLength(1);
    await eventually(() => expect(moves).toEqual([{ tenant: 'acme', accountId: 'A-1' }]));
    expect(await two.contents()).toBe(await one.contents());
  });

  it('takes one of two instances that write the same record, and counts it once', async () => {
    const states = [await open('doubled'), await open('doubled')];
    for (let n = 0; n < 10; n++) {
      const write = { through: BigInt(n), after: BigInt(n - 1), counts: { ...none, applied: 1 } };
      const changes = [{ entity: entity('ticket', `T-${n}`), expected: null }];
      const kinds = await Promise.all(
        states.map(async (state) => (await writer(state).write({ ...write, changes })).kind),
      );
      expect(kinds.sort()).toEqual(['conflict', 'written']);
    }
    expect((await states[0]?.progress())?.get(tickets)).toMatchObject({ through: 9n, counts: { applied: 10 } });
  });

  it.each([0, 1, 2])('has other contents, and none of the old, once node %i was started again', async (index) => {
    const state = await open();
    await writer(state).put(entity('ticket', 'T-1'), entity('policy', 'P-1'));
    const before = await state.contents();
    await cluster.restartWithout(nodeAt(index), 1);
    await eventually(async () => expect(await state.through()).toEqual(new Map()));
    expect(await state.contents()).not.toBe(before);
    expect((await state.account('acme', 'A-1')).members).toEqual([]);
    expect((await writer(state).put(entity('ticket', 'T-1'))).kind).toBe('written');
    expect((await state.account('acme', 'A-1')).members).toHaveLength(1);
  });

  it('has other contents once a node was emptied, before it says that anything is not there', async () => {
    const state = await open();
    await writer(state).put(...Array.from({ length: 30 }, (_, n) => entity('ticket', `T-${n}`, { account: `A-${n}` })));
    const before = await state.contents();
    await nodeAt(1).ask('FLUSHALL');
    const views = await Promise.all(Array.from({ length: 30 }, (_, n) => state.account('acme', `A-${n}`)));
    for (const { members, through } of views) expect(members).toHaveLength(through.size);
    expect(await state.contents()).not.toBe(before);
  });

  it('is unavailable while a node is away, and has its contents again when none was lost', async () => {
    const state = await open();
    await writer(state).put(entity('ticket', 'T-1'));
    nodeAt(2).pause();
    await eventually(() => expect(state.trouble).toMatchObject({ kind: 'unreachable' }));
    await expect(state.through()).rejects.toMatchObject({ code: 'state_unavailable', retriable: true });
    nodeAt(2).resume();
    await eventually(async () => expect((await state.account('acme', 'A-1')).members).toHaveLength(1));
    await eventually(() => expect(state.trouble).toBeNull());
  });
});
