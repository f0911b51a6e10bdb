/** Policies over several slots that are read in several pages, while others write them, on a model of the slots. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { limits } from '../../src/limits.js';
import { stateStoreContract } from '../../src/state/contract.js';
import { type Fate, Interleaved } from './cluster-interleaved.test-support.js';
import { readsAsInMemory } from './history.test-support.js';
import { bounds, MovingPolicies, type Writes, writes } from './moving-policies.test-support.js';

vi.mock('../../src/limits.js', async (original) => {
  const real = await original<typeof import('../../src/limits.js')>();
  return { ...real, limits: { ...real.limits, policyPageCountMax: 1, policyPageBytes: 1 } };
});

const lives: Fate = { kind: 'lives', atStep: 0, isDone: false };
const alone = { schedule: <T>(work: Promise<T>) => work };

/** What is still to be written comes before steps of a reader, so many before each. */
class Gaps {
  between = 0;
  isOpen = false;
  #at = 0;

  constructor(
    readonly sizes: readonly number[],
    readonly rest: Writes,
    readonly write: (one: Writes[number]) => Promise<void>,
  ) {}

  async schedule<T>(work: Promise<T>): Promise<T> {
    if (!this.isOpen) return work;
    this.isOpen = false;
    const due = this.sizes[this.#at++ % this.sizes.length] ?? 0;
    for (const one of this.rest.slice(this.between, this.between + due)) {
      await this.write(one);
      this.between++;
    }
    this.isOpen = true;
    return work;
  }
}

describe('policies over several slots', () => {
  it('are shown as of one moment, whatever is written between two pages', async () => {
    const sizes = fc.array(fc.nat(1), { minLength: 1, maxLength: 9 });
    let between = 0;
    await fc.assert(
      fc.asyncProperty(writes, fc.nat(6), sizes, bounds, async (history, first, each, small) => {
        Object.assign(limits, small);
        const gaps: Gaps = new Gaps(each, history.slice(first), (one) => policies.write(one));
        const run = new Interleaved(gaps);
        const policies = new MovingPolicies(run.instance(lives));
        for (const one of history.slice(0, first)) await policies.write(one);
        const reader = run.instance(lives);
        gaps.isOpen = true;
        for (let n = 0; n < 4; n++) {
          expect(await policies.mixture(await reader.tenant('acme'))).toBeUndefined();
          expect(await policies.mixture(await reader.account('acme', 'A-1'))).toBeUndefined();
        }
        between += gaps.between;
      }),
      { numRuns: 200 },
    );
    expect(between).toBeGreaterThan(300);
  });

  it('are read as from memory after any history when each policy is a page', async () => {
    Object.assign(limits, { policyPageCountMax: 1, policyPageBytes: 1 });
    const open = async () => {
      const run = new Interleaved(alone);
      return [run.instance(lives), run.instance(lives)] as const;
    };
    await readsAsInMemory({ open, close: () => {} }, 40);
  });
});

stateStoreContract('the state store over a model of slots, each policy a page', async () => {
  return new Interleaved(alone).instance(lives);
});
