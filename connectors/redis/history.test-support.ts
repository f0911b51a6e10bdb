/** Histories that two instances of a store and the store in memory go through alike. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { StateMove, StateStore } from '../../src/state/port.js';
import { MemoryState } from '../memory/state.js';
import { everythingIn, markText, step, take } from './model.test-support.js';

export interface Instances {
  /** Two of one new store. */
  open(): Promise<readonly [StateStore, StateStore]>;
  close(): void | Promise<void>;
}

/** Rejects with the history after which something reads otherwise than in memory. */
export async function readsAsInMemory({ open, close }: Instances, numRuns: number): Promise<void> {
  const history = fc.array(fc.record({ by: fc.nat(1), one: step }), { minLength: 1, maxLength: 14 });
  await fc.assert(
    fc.asyncProperty(history, async (steps) => {
      const memory = new MemoryState();
      const both = await open();
      const told: [StateMove[], StateMove[]] = [[], []];
      memory.watch((moves) => told[0].push(...moves));
      for (const { by, one } of steps) {
        const writes = both[by === 0 ? 0 : 1];
        const stop = writes.watch((moves) => told[1].push(...moves));
        const marks = [await memory.allPending(3), await writes.allPending(3)] as const;
        // Which come first after a repend is nobody's business; that both clear the same ones is the test's.
        const cleared = marks[1].filter((mark) => marks[0].map(markText).includes(markText(mark)));
        const mine = marks[0].filter((mark) => cleared.map(markText).includes(markText(mark)));
        expect(await take(writes, one, cleared.sort(byText))).toEqual(await take(memory, one, [...mine].sort(byText)));
        stop();
        const wanted = await everythingIn(memory);
        for (const store of both) expect(await everythingIn(store)).toEqual(wanted);
      }
      expect(sortedMoves(told[1])).toEqual(sortedMoves(told[0]));
      await close();
    }),
    { numRuns },
  );
}

function byText(a: Parameters<typeof markText>[0], b: Parameters<typeof markText>[0]): number {
  return markText(a) < markText(b) ? -1 : 1;
}

function sortedMoves(moves: readonly StateMove[]): readonly string[] {
  return moves.map((move) => JSON.stringify(move)).sort();
}
