/** The protocol of writes over several slots, on a model of the slots: the whole contract, then instances that die, sleep and come back. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stateStoreContract } from '../../src/state/contract.js';
import { Died, type Fate, Interleaved, viewOf } from './cluster-interleaved.test-support.js';
import { readsAsInMemory } from './history.test-support.js';

const lives: Fate = { kind: 'lives', atStep: 0, isDone: false };

// One step after the other.
const alone = { schedule: <T>(work: Promise<T>) => work };

stateStoreContract('the state store over a model of slots', async () => {
  return new Interleaved(alone).instance(lives);
});

describe('any history', () => {
  it('reads the same of a model of slots as of memory, through whichever of two instances', async () => {
    const open = async () => {
      const run = new Interleaved(alone);
      return [run.instance(lives), run.instance(lives)] as const;
    };
    await readsAsInMemory({ open, close: () => {} }, 150);
  });
});

const fates = fc.record({
  kind: fc.constantFrom('dies', 'sleeps', 'lives'),
  atStep: fc.nat(40),
  isDone: fc.boolean(),
});

describe('writes over several slots, their steps in any order', () => {
  const bites = { died: 0, conflicts: 0, lateSteps: 0, between: 0 };

  async function live(run: Interleaved, scheduler: fc.Scheduler, chosen: readonly Fate[]): Promise<void> {
    const owners = [...chosen, lives].map(async (fate, index) => {
      try {
        await run.owner(index % 2, fate);
      } catch (error) {
        if (!(error instanceof Died)) throw error;
        bites.died++;
      }
      return fate.kind === 'sleeps';
    });
    const awake = owners.filter((_owner, index) => chosen[index]?.kind !== 'sleeps');
    const all = Promise.all(awake).then(() => {
      run.wake();
      return Promise.all([...owners, run.owner(0, lives), run.owner(1, lives)]);
    });
    await scheduler.waitFor(Promise.all([all, run.reader(12)]));
  }

  it('are seen whole or not at all, once, in one order, also by who reads in between', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(fates, { minLength: 1, maxLength: 3 }), async (scheduler, chosen) => {
        const run = new Interleaved(scheduler);
        await live(run, scheduler, chosen);
        const { views, memory } = await run.replayed();
        for (const { through, view } of run.seen) expect(views.get(through)).toBe(view);
        const last = scheduler.waitFor(viewOf(run.instance(lives)));
        expect(await last).toEqual(await viewOf(memory));
        expect(await run.model.progress()).toEqual(await memory.progress());
        expect(run.model.decided).toHaveLength(6);
        bites.conflicts += run.conflicts;
        bites.lateSteps += run.model.lateSteps;
        bites.between += new Set(run.seen.map(({ through }) => through)).size - 1;
      }),
      { numRuns: 100 },
    );
  });

  it('have met instances that died, late steps, conflicts, and readers between writes: else nothing was shown', () => {
    expect(Math.min(bites.died, bites.conflicts, bites.lateSteps, bites.between)).toBeGreaterThan(0);
  });
});
