import { describe, expect, it, vi } from 'vitest';
import { MemoryState } from '../../connectors/memory/state.js';
import type { Entity, EntityKey } from '../domain/entity.js';
import { DrivenClock, keyOf, policy, tenant, ticket, topics, World } from '../fixtures.test-support.js';
import { ownsEverything } from '../materializer/ownership.js';
import type { ReconcileFindings } from '../state/findings.js';
import type { StateWrite } from '../state/port.js';
import type { Holding, IndexHoldings } from './holdings.js';
import { Reconciler } from './reconciler.js';

const sound = { missing: 0, differing: 0, orphaned: 0, repaired: 0, skipped: 0 };

/** A store that can be told to forget or to change what it was given. */
class UnsoundState extends MemoryState {
  spoil: (entity: Entity) => Entity | undefined = (entity) => entity;

  override write(write: StateWrite) {
    const changes = write.changes.flatMap((change) => {
      const entity = this.spoil(change.entity);
      return entity === undefined ? [] : [{ ...change, entity }];
    });
    return super.write({ ...write, changes });
  }
}

class GivenHoldings implements IndexHoldings {
  readonly removed: EntityKey[] = [];

  constructor(readonly holdings: Holding[]) {}

  async *held() {
    yield* this.holdings;
  }

  async remove(orphans: readonly { readonly key: EntityKey }[]): Promise<void> {
    this.removed.push(...orphans.map(({ key }) => key));
  }
}

async function setting(index: IndexHoldings | null = null) {
  const state = new UnsoundState();
  const world = await World.open({ state, clock: new DrivenClock() });
  const told: ReconcileFindings[] = [];
  const { journal, rejected } = world.parts;
  const reconciler = new Reconciler({
    ...{ journal, state, topics, index, clock: world.clock, ownership: ownsEverything },
    decisionOn: (id) => rejected.decisionOn(id),
    report: { reconciled: (found) => void told.push(found), followFailed: () => undefined },
  });
  const pass = () => reconciler.pass(new AbortController().signal);
  return { world, state, told, reconciler, pass };
}

describe('reconciling the state with the journal', () => {
  it('finds nothing where nothing is wrong, and changes nothing', async () => {
    const { world, state, pass, told } = await setting();
    await world.put(ticket('T-1'), policy('P-1'), ticket('T-1', { subject: 'again' }));
    const before = await state.entities([keyOf('ticket', 'T-1')]);
    expect(await pass()).toEqual({ ...sound, checked: 2 });
    expect(await state.entities([keyOf('ticket', 'T-1')])).toEqual(before);
    expect(told).toHaveLength(1);
  });

  it('writes again what the state has lost or has otherwise, once', async () => {
    const { world, state, pass } = await setting();
    await world.put(ticket('T-0'));
    state.spoil = (entity) => (entity.key.id === 'T-1' ? undefined : { ...entity, accountId: 'A-9' });
    await world.put(ticket('T-1'), ticket('T-2'));
    state.spoil = (entity) => entity;
    expect(await pass()).toMatchObject({ missing: 1, differing: 1, repaired: 2 });
    expect(await state.entities([keyOf('ticket', 'T-1')])).toMatchObject([{ status: 'present', accountId: 'A-1' }]);
    expect((await state.account(tenant, 'A-1')).members.map(({ key }) => key.id).sort()).toEqual(['T-0', 'T-1', 'T-2']);
    expect(await pass()).toEqual({ ...sound, checked: 3 });
  });

  it('leaves alone what the journal is not known through', async () => {
    const { world, state, pass } = await setting();
    await world.put(ticket('T-1'));
    const progress = [
      {
        partition: 'support.tickets:0' as const,
        through: 7n,
        counts: { applied: 0, superseded: 0, duplicate: 0, rejected: 0 },
      },
    ];
    await state.write({ progress, changes: [], replaced: [], decided: [], block: [] });
    expect(await pass()).toEqual({ ...sound, checked: 1, skipped: 1 });
  });
});

describe('reconciling the index with the state', () => {
  it('marks what differs or is missing, raised above what the index has, and takes out what nobody knows', async () => {
    const index = new GivenHoldings([]);
    const { world, state, pass } = await setting(index);
    await world.put(policy('P-1'), policy('P-2'), policy('P-3'));
    await state.indexed(await state.allPending(9));
    const [first, second] = await state.entities([keyOf('policy', 'P-1'), keyOf('policy', 'P-2')]);
    if (first?.status !== 'present' || second?.status !== 'present') throw new Error('both are there');
    const foreign = { ...first.key, id: 'P-9' };
    index.holdings.push({ key: first.key, entityHash: first.hash, revision: first.revision });
    index.holdings.push({ key: second.key, entityHash: first.hash, revision: 7 });
    index.holdings.push({ key: foreign, entityHash: first.hash, revision: 1 });
    expect(await pass()).toMatchObject({ differing: 1, orphaned: 1, missing: 1, repaired: 3 });
    expect(index.removed).toEqual([foreign]);
    const pending = await state.allPending(9);
    expect(pending.map(({ entity }) => [entity.key.id, entity.revision])).toEqual([
      ['P-2', 8],
      ['P-3', 1],
    ]);
  });

  it('marks what has come into the state while it was taken out of the index', async () => {
    const index = new GivenHoldings([]);
    const { world, state, pass } = await setting(index);
    await world.put(policy('P-1'));
    const [first] = await state.entities([keyOf('policy', 'P-1')]);
    if (first?.status !== 'present') throw new Error('it is there');
    const key = { ...first.key, id: 'P-2' };
    index.holdings.push({ key, entityHash: first.hash, revision: 4 });
    vi.spyOn(index, 'remove').mockImplementation(async () => {
      await world.put(policy('P-2'));
      await state.indexed(await state.allPending(9));
    });
    await pass();
    const pending = await state.allPending(9);
    expect(pending.map(({ entity }) => [entity.key.id, entity.revision])).toContainEqual(['P-2', 5]);
  });

  it('leaves alone what is pending', async () => {
    const index = new GivenHoldings([]);
    const { world, state, pass } = await setting(index);
    await world.put(policy('P-1'));
    expect(await pass()).toEqual({ ...sound, checked: 1 });
    expect(await state.allPending(9)).toHaveLength(1);
  });
});

describe('a pass', () => {
  it('is made when it is asked for, and at times', async () => {
    const { world, reconciler, told } = await setting();
    const stop = new AbortController();
    const running = reconciler.run(stop.signal);
    reconciler.ask();
    await expect.poll(() => told.length).toBe(1);
    await expect.poll(() => (world.clock as DrivenClock).sleepers).toBeGreaterThan(0);
    (world.clock as DrivenClock).advance(3_600_000);
    await expect.poll(() => told.length).toBe(2);
    stop.abort();
    await running;
  });
});
