import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { OwnRedis } from '../../eval/live/redis.js';
import type { StateMove, StateStore } from '../../src/state/port.js';
import { MemoryState } from '../memory/state.js';
import { everythingIn, type GeneratedStep, markText, step, take } from './model.test-support.js';
import { openStates, redisMissing } from './redis.test-support.js';

describe.skipIf(redisMissing() !== undefined)(`any history (${redisMissing() ?? 'needs Redis'})`, () => {
  let server: OwnRedis;
  const states = openStates(() => server.server.address);
  beforeAll(async () => {
    server = await OwnRedis.start();
  });
  afterEach(() => states.closeAll());
  afterAll(() => server.stop());

  it('reads the same of Redis as of memory, through whichever of two instances it is written and read', async () => {
    let runs = 0;
    const history = fc.array(fc.record({ by: fc.nat(1), one: step }), { minLength: 1, maxLength: 14 });
    await fc.assert(
      fc.asyncProperty(history, async (steps) => {
        const memory = new MemoryState();
        const prefix = `model-${runs++}`;
        const both = [await states.open({ prefix }), await states.open({ prefix })] as const;
        const told: [StateMove[], StateMove[]] = [[], []];
        memory.watch((moves) => told[0].push(...moves));
        for (const { by, one } of steps) {
          const writes = both[by === 0 ? 0 : 1];
          const stop = writes.watch((moves) => told[1].push(...moves));
          await takeBoth(writes, memory, one);
          stop();
          const wanted = await everythingIn(memory);
          for (const store of both) expect(await everythingIn(store)).toEqual(wanted);
        }
        expect(sortedMoves(told[1])).toEqual(sortedMoves(told[0]));
        states.closeAll();
      }),
      { numRuns: 60 },
    );
  });
});

async function takeBoth(store: StateStore, memory: StateStore, one: GeneratedStep): Promise<void> {
  const marks = [await memory.allPending(3), await store.allPending(3)] as const;
  // Which come first after a repend is nobody's business; that both clear the same ones is the test's.
  const texts = marks.map((each) => each.map(markText));
  const [mine, theirs] = [
    marks[0].filter((mark) => texts[1]?.includes(markText(mark))),
    marks[1].filter((mark) => texts[0]?.includes(markText(mark))),
  ];
  const answer = await take(store, one, theirs.sort(byText));
  expect(answer).toEqual(await take(memory, one, mine.sort(byText)));
}

function byText(a: Parameters<typeof markText>[0], b: Parameters<typeof markText>[0]): number {
  return markText(a) < markText(b) ? -1 : 1;
}

function sortedMoves(moves: readonly StateMove[]): readonly string[] {
  return moves.map((move) => JSON.stringify(move)).sort();
}
