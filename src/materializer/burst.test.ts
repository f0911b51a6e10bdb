import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { MemoryState } from '../../connectors/memory/state.js';
import type { StateWrite, WriteResult } from '../state/port.js';
import { contentOf, everything, hasAll, manyPartitions, openInstance, recordsOf } from './instances.test-support.js';

/** What happens to a write on its way: its reply is lost, it never arrives, or another owner was faster. */
type Fate = 'made' | 'unheard' | 'lost' | 'refused';

/** A state a round trip away, which takes several writes at once, in their order. */
class FarState extends MemoryState {
  readonly writesAtOnce = 4;
  underWayMost = 0;
  readonly #fates: Fate[];
  #underWay = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(fates: readonly Fate[]) {
    super();
    this.#fates = [...fates];
  }

  override write(write: StateWrite): Promise<WriteResult> {
    this.#underWay++;
    this.underWayMost = Math.max(this.underWayMost, this.#underWay);
    const fate = this.#fates.shift() ?? 'made';
    const made = this.#last.then(async (): Promise<WriteResult> => {
      await new Promise(setImmediate);
      await new Promise(setImmediate);
      this.#underWay--;
      if (fate === 'lost') throw new Error('the write never arrived');
      if (fate === 'refused') return { kind: 'conflict', keys: [] };
      const result = await super.write(write);
      if (fate === 'unheard') throw new Error('the reply was lost');
      return result;
    });
    this.#last = made.catch(() => undefined);
    return made;
  }
}

async function applied(numbers: readonly number[], state: MemoryState) {
  const log = manyPartitions();
  // One by one, so that they are many slices.
  const instance = await openInstance(log, state);
  instance.ownership.give(...everything);
  for (let at = 0; at < numbers.length; at += 5) {
    await log.append(recordsOf(numbers.slice(at, at + 5)));
    if (at % 3 === 0) await new Promise(setImmediate);
  }
  await vi.waitFor(async () => expect(await hasAll(log, state)).toBe(true), { timeout: 20_000, interval: 2 });
  await instance.stop();
  return contentOf(state);
}

describe('writes under way at once', () => {
  it('come to what one after the other comes to, whatever becomes of each', async () => {
    const fates = fc.array(fc.constantFrom<Fate>('made', 'made', 'made', 'unheard', 'lost', 'refused'), {
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(60), { maxLength: 60 }), fates, async (numbers, given) => {
        expect(await applied(numbers, new FarState(given))).toEqual(await applied(numbers, new MemoryState()));
      }),
      { numRuns: 60 },
    );
  });

  it('are several, and no more than the state takes', async () => {
    const state = new FarState([]);
    await applied(
      Array.from({ length: 600 }, (_, n) => 1 + (n % 6)),
      state,
    );
    expect(state.underWayMost).toBe(state.writesAtOnce);
  });
});
