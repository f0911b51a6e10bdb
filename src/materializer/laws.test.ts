import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordOf, World } from '../fixtures.test-support.js';
import type { NewRecord } from '../log/port.js';
import type { NewDecision } from '../log/rejected-port.js';
import { CutLog, conservation, flawed, plainLog, portrait, records } from '../streams.test-support.js';

const runs = { numRuns: 100 };
const cuts = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 });

async function opened(stream: readonly NewRecord[], log = plainLog()): Promise<World> {
  await log.append(stream);
  const world = await World.open({ log });
  await world.settle();
  return world;
}

/** An operator's decision, known to the log and carried out. */
async function decided(world: World, id: string, decision: NewDecision): Promise<void> {
  await world.parts.rejected.decide(id, decision);
  await world.settle();
}

async function expectConservation(world: World): Promise<void> {
  for (const [counted, there] of await conservation(world)) expect(counted).toBe(there);
}

describe('what the materializer makes of a log', () => {
  it('does not depend on how the records are cut into slices', async () => {
    await fc.assert(
      fc.asyncProperty(records, cuts, async (stream, sizes) => {
        const whole = await opened(stream);
        const cut = await opened(stream, new CutLog(sizes, false));
        expect(await portrait(cut)).toEqual(await portrait(whole));
        await Promise.all([whole.stop(), cut.stop()]);
      }),
      runs,
    );
  });

  it('counts every record exactly once, records delivered again included (P1)', async () => {
    await fc.assert(
      fc.asyncProperty(records, cuts, async (stream, sizes) => {
        const world = await opened(stream, new CutLog(sizes, true));
        await expectConservation(world);
        const plain = await opened(stream);
        expect(await portrait(world)).toEqual(await portrait(plain));
        await Promise.all([world.stop(), plain.stop()]);
      }),
      runs,
    );
  });

  it('is the same after a restart, and no letter is written twice', async () => {
    await fc.assert(
      fc.asyncProperty(records, async (stream) => {
        const first = await opened(stream);
        const before = await portrait(first);
        const again = await first.reopen();
        expect(await portrait(again)).toEqual(before);
        await again.stop();
      }),
      runs,
    );
  });
});

/** What a redrive cannot and need not undo: that it happened, and the letters of what was turned away before it. */
async function sourceSide(world: World) {
  const { entities, accounts, progress, owned } = await portrait(world);
  return {
    entities: entities.map((entity) => entity && { ...entity, redrives: null }),
    accounts,
    progress: [...progress].filter(([partition]) => !partition.startsWith('copilot.')),
    owned,
  };
}

const poison = (right: NewRecord): NewRecord => ({ ...right, value: new TextEncoder().encode('{"broken":') });

const other = recordOf('ticket', 'T-9', '{}').value;
const value = fc.oneof(
  flawed.map(({ right }) => right.value),
  fc.constantFrom(null, other),
);
const decision = fc.oneof(
  value.map((repaired): NewDecision => ({ kind: 'redriven', repaired })),
  fc.constant<NewDecision>({ kind: 'discarded' }),
);
const decisions = fc.array(fc.tuple(fc.nat(), decision), { minLength: 1, maxLength: 4 });

describe('a redriven record', () => {
  it('leaves the state and the counts as if it had been right from the start, and so they stay after a restart', async () => {
    await fc.assert(
      fc.asyncProperty(flawed, async ({ before, right, after }) => {
        const world = await opened([...before, poison(right), ...after]);
        const offset = before.filter(({ topic }) => topic === right.topic).length;
        await decided(world, `${right.topic}:0:${offset}`, { kind: 'redriven', repaired: right.value });
        const sound = await opened([...before, right, ...after]);
        expect(await sourceSide(world)).toEqual(await sourceSide(sound));
        await expectConservation(world);
        const redriven = await portrait(world);
        const again = await world.reopen();
        expect(await portrait(again)).toEqual(redriven);
        await Promise.all([again.stop(), sound.stop()]);
      }),
      runs,
    );
  });

  it('is one of any number of decisions, and whatever they are, a restart comes to the same', async () => {
    await fc.assert(
      fc.asyncProperty(records, decisions, async (stream, made) => {
        const world = await opened(stream);
        for (const [which, one] of made) {
          const letters = world.parts.rejected.list(null);
          await decided(world, letters[which % Math.max(1, letters.length)]?.id ?? 'support.tickets:0:999', one);
        }
        await expectConservation(world);
        const live = await portrait(world);
        const again = await world.reopen();
        expect(await portrait(again)).toEqual(live);
        await again.stop();
      }),
      { numRuns: 200 },
    );
  });
});
