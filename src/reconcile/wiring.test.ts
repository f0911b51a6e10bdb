import { describe, expect, it, vi } from 'vitest';
import { MemoryState } from '../../connectors/memory/state.js';
import { DrivenClock, topics, World } from '../fixtures.test-support.js';
import { type Ownership, ownsEverything } from '../materializer/ownership.js';
import { reportsNothing } from '../materializer/report.js';
import { askingOnLoss, fillNewIndex, reconcilerOf } from './wiring.js';

async function wired(ownership: Ownership | undefined) {
  const world = await World.open({ clock: new DrivenClock() });
  const { journal, rejected } = world.parts;
  const listeners: (() => void)[] = [];
  const holdings = {
    held: async function* () {},
    remove: async () => undefined,
    watch: (listener: () => void) => {
      listeners.push(listener);
      return () => undefined;
    },
  };
  const parts = { journal, rejected, topics, state: world.state, clock: world.clock, report: reportsNothing };
  const reconciler = reconcilerOf({ ...(ownership === undefined ? {} : { ownership }), holdings }, parts);
  return { reconciler, returned: () => listeners.forEach((listener) => void listener()) };
}

describe('what outlives its process', () => {
  it('is held against the journal when the index is there again or the state has gone back', async () => {
    const { reconciler, returned } = await wired(ownsEverything);
    if (reconciler === null) throw new Error('it outlives the process');
    const ask = vi.spyOn(reconciler, 'ask');
    returned();
    expect(ask).toHaveBeenCalledTimes(1);
    askingOnLoss(reportsNothing, reconciler).regressed({ partitions: [], isAnew: true });
    expect(ask).toHaveBeenCalledTimes(2);
  });

  it('is not what a state of the process itself is', async () => {
    expect((await wired(undefined)).reconciler).toBeNull();
  });

  it.each([
    [ownsEverything, false, 1],
    [ownsEverything, true, 0],
    [undefined, false, 0],
  ])('fills an index that begins empty with its process (%o, durable: %s)', async (ownership, isDurable, times) => {
    const state = new MemoryState();
    const repend = vi.spyOn(state, 'repend');
    const index = { isDurable } as Parameters<typeof fillNewIndex>[1]['index'];
    await fillNewIndex(ownership === undefined ? {} : { ownership }, { state, index });
    expect(repend).toHaveBeenCalledTimes(times);
  });
});
