import { describe, expect, it } from 'vitest';
import { MemoryState } from '../../connectors/memory/state.js';
import { digestOf } from '../domain/canonical.js';
import type { EntityKey } from '../domain/entity.js';
import { keyOf, policy, remove, World } from '../fixtures.test-support.js';
import { limits } from '../limits.js';
import { Burials } from './burials.js';
import type { Holding } from './holdings.js';

async function setting() {
  const state = new MemoryState();
  const world = await World.open({ state });
  await world.put(policy('P-1'), remove('policy', 'P-1'), policy('P-2'));
  const removed: EntityKey[] = [];
  const index = {
    held: async function* () {},
    remove: async (orphans: readonly { readonly key: EntityKey }[]) =>
      void removed.push(...orphans.map(({ key }) => key)),
  };
  const [entity] = await state.entities([keyOf('policy', 'P-1')]);
  const tombstone: Holding = { key: keyOf('policy', 'P-1'), entityHash: null, revision: entity?.revision ?? 0 };
  const burials = new Burials();
  const pass = async (nowMs: number, ...slice: readonly Holding[]) => {
    await burials.look({ state, index }, slice, nowMs);
    burials.ended();
    return removed.splice(0).map(({ id }) => id);
  };
  return { pass, tombstone };
}

describe('tombstones in the index', () => {
  it('are taken out once they were seen the same for long enough, and not before', async () => {
    const { pass, tombstone } = await setting();
    expect(await pass(0, tombstone)).toEqual([]);
    expect(await pass(limits.tombstoneKeptMs - 1, tombstone)).toEqual([]);
    expect(await pass(limits.tombstoneKeptMs, tombstone)).toEqual(['P-1']);
  });

  it('begin anew when they are of another revision, or were gone in between', async () => {
    const { pass, tombstone } = await setting();
    await pass(0, { ...tombstone, revision: tombstone.revision - 1 });
    expect(await pass(limits.tombstoneKeptMs, tombstone)).toEqual([]);
    await pass(limits.tombstoneKeptMs + 1);
    expect(await pass(2 * limits.tombstoneKeptMs, tombstone)).toEqual([]);
  });

  it('stay where the state has something else, and what lives stays', async () => {
    const { pass, tombstone } = await setting();
    const others = [
      { ...tombstone, revision: 99 },
      { ...tombstone, key: keyOf('policy', 'P-2') },
      { ...tombstone, entityHash: digestOf('lives') },
    ];
    for (const holding of others) {
      await pass(0, holding);
      expect(await pass(2 * limits.tombstoneKeptMs, holding)).toEqual([]);
    }
  });
});
