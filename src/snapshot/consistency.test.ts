import { describe, expect, it, vi } from 'vitest';
import type { PartitionKey } from '../domain/position.js';
import { contextRequest, DrivenClock, newLog, recordOf, tenant, ticket, World } from '../fixtures.test-support.js';
import { limits } from '../limits.js';
import { reach } from './consistency.js';
import type { Consistency } from './request.js';

const partition: PartitionKey = 'support.tickets:0';
const wanted = (more: Partial<Consistency>): Consistency => ({ ...contextRequest().consistency, ...more });
const token = (offset: bigint) => new Map([[partition, offset]]);

/** A world whose materializer is held after one ticket, over a clock that stands still. */
async function held() {
  const clock = new DrivenClock();
  const log = newLog(clock);
  const world = await World.open({ clock, log });
  await world.put(ticket('T-0'));
  world.parts.materializer.hold();
  const parts = { state: world.state, witness: world.parts.witness, clock };
  const append = () => world.parts.intake.append(tenant, [ticket('T-1')]);
  return { clock, log, world, append, reach: (more: Partial<Consistency>) => reach(parts, wanted(more), [partition]) };
}

describe('a read at a token', () => {
  it('is met at once where the state covers it', async () => {
    const { reach } = await held();
    expect(await reach({ level: 'at_least', atLeast: token(0n) })).toEqual({ kind: 'met' });
  });

  it('waits until the materializer gets there', async () => {
    const { reach, append, world, clock } = await held();
    await append();
    const reading = reach({ level: 'at_least', atLeast: token(1n) });
    await vi.waitFor(() => expect(clock.sleepers).toBeGreaterThan(0));
    world.parts.materializer.release();
    expect(await reading).toEqual({ kind: 'met' });
  });

  it('waits no longer than its deadline, and then says how far behind it is', async () => {
    const { reach, append, clock } = await held();
    await append();
    const reading = reach({ level: 'at_least', atLeast: token(1n), deadlineMs: 1_200 });
    for (let ms = 0; ms < 1_200; ms += 100) {
      await vi.waitFor(() => expect(clock.sleepers).toBeGreaterThan(0));
      clock.advance(100);
    }
    expect(await reading).toMatchObject({ kind: 'refused', why: 'behind', waitedMs: 1_200, behind: 1n });
  });

  it('is marked at once, or refused at once, when the caller says so', async () => {
    const { reach, append } = await held();
    await append();
    const asked = { level: 'at_least', atLeast: token(1n) } as const;
    expect(await reach({ ...asked, onViolation: 'mark' })).toEqual({ kind: 'marked', tokensCovered: false });
    expect(await reach({ ...asked, onViolation: 'refuse' })).toMatchObject({
      kind: 'refused',
      why: 'behind',
      waitedMs: 0,
    });
  });

  it('of the future waits and is refused: nobody can make the log go back', async () => {
    const { reach } = await held();
    expect(await reach({ atLeast: token(999n), deadlineMs: 0 })).toMatchObject({ kind: 'refused', why: 'behind' });
  });
});

describe('a read of the latest', () => {
  it('covers the end of the log as of the question', async () => {
    const { reach, append, world, clock } = await held();
    await append();
    const reading = reach({ level: 'latest' });
    await vi.waitFor(() => expect(clock.sleepers).toBeGreaterThan(0));
    world.parts.materializer.release();
    expect(await reading).toEqual({ kind: 'met' });
    expect((await world.state.through()).get(partition)).toBe(1n);
  });

  it('is never met while nobody knows the end, and is once somebody does', async () => {
    const { reach, log, clock } = await held();
    const ends = vi.spyOn(log, 'ends').mockRejectedValue(new Error('unreachable'));
    expect(await reach({ level: 'latest', onViolation: 'mark' })).toMatchObject({
      kind: 'marked',
      tokensCovered: false,
    });
    const reading = reach({ level: 'latest' });
    await vi.waitFor(() => expect(clock.sleepers).toBeGreaterThan(0));
    ends.mockRestore();
    clock.advance(limits.witnessTickMs);
    expect(await reading).toEqual({ kind: 'met' });
  });
});

describe('a read while the log does not answer at all', () => {
  const hung = async () => {
    const world = await held();
    vi.spyOn(world.log, 'ends').mockReturnValue(new Promise(() => undefined));
    const { clock } = world;
    world.clock.advance(limits.witnessFreshMs);
    const startedAtMs = clock.monotonicMs();
    const tookMs = async (reading: Promise<unknown>) => {
      let isOver = false;
      void reading.then(() => {
        isOver = true;
      });
      while (!isOver) {
        // Whatever can go on without time passing has gone on before time passes.
        for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
        if (!isOver) clock.advance(10);
      }
      return clock.monotonicMs() - startedAtMs;
    };
    return { ...world, tookMs };
  };

  it.each(['mark', 'refuse'] as const)('that is to %s what is not proven does so soon', async (onViolation) => {
    for (const level of ['fastest', 'latest'] as const) {
      const { reach, tookMs } = await hung();
      const reading = reach({ level, onViolation, maxStalenessMs: 0 });
      expect(await tookMs(reading)).toBeLessThanOrEqual(limits.logAskMs);
      expect((await reading).kind).toBe(onViolation === 'mark' ? 'marked' : 'refused');
    }
  });

  it.each([0, 100, 1_300])('and that waits ends at its deadline of %i ms', async (deadlineMs) => {
    for (const level of ['fastest', 'latest'] as const) {
      const { reach, tookMs } = await hung();
      const reading = reach({ level, deadlineMs, maxStalenessMs: 0 });
      expect(await tookMs(reading)).toBe(deadlineMs);
      expect(await reading).toMatchObject({ kind: 'refused', waitedMs: deadlineMs });
    }
  });
});

describe('a read with a staleness bound', () => {
  it('is refused as stale when the log has been out of reach for longer', async () => {
    const { reach, log, clock } = await held();
    await reach({});
    vi.spyOn(log, 'ends').mockRejectedValue(new Error('unreachable'));
    clock.advance(5_000);
    expect(await reach({ onViolation: 'refuse' })).toEqual({ kind: 'met' });
    clock.advance(1);
    expect(await reach({ onViolation: 'refuse' })).toMatchObject({ kind: 'refused', why: 'stale' });
    expect(await reach({ onViolation: 'mark' })).toEqual({ kind: 'marked', tokensCovered: true });
  });

  it('counts only the partitions its answer comes from', async () => {
    const { reach, log } = await held();
    await log.append([recordOf('policy', 'P-1', '{')]);
    expect(await reach({ onViolation: 'refuse', maxStalenessMs: 0 })).toEqual({ kind: 'met' });
  });
});

it('a read that ends leaves nobody watching', async () => {
  const { reach, world } = await held();
  const stops: ReturnType<typeof vi.fn>[] = [];
  const { watch } = world.state;
  vi.spyOn(world.state, 'watch').mockImplementation((listener) => {
    const stop = vi.fn(watch.call(world.state, listener));
    stops.push(stop);
    return stop;
  });
  await reach({ atLeast: token(9n), deadlineMs: 0 });
  await reach({});
  for (const stop of stops) expect(stop).toHaveBeenCalled();
});
