import { describe, expect, it, vi } from 'vitest';
import { DrivenClock } from '../fixtures.test-support.js';
import { Checkpointer, type CheckpointerParts } from './checkpointer.js';
import { reportsNoCheckpoint } from './report.js';

/** Each checkpoint takes two seconds. The other parts are not reached: writing is the store's affair. */
function flooded(stop: AbortController) {
  const clock = new DrivenClock('rushing');
  const startsMs: number[] = [];
  let through = 0n;
  const parts = {
    clock,
    report: reportsNoCheckpoint,
    through: async () => {
      through += 1_000_000n;
      return new Map([['a:0' as const, through]]);
    },
  } as Partial<CheckpointerParts> as CheckpointerParts;
  const checkpointer = new Checkpointer(parts, new Map());
  vi.spyOn(checkpointer, 'write').mockImplementation(async () => {
    if (startsMs.push(clock.monotonicMs()) === 4) stop.abort();
    clock.advance(2_000);
    return { name: { role: 'checkpoint', number: 1 }, through: new Map(), recordedThrough: -1n };
  });
  return { startsMs, checkpointer };
}

/** Only what is asked before a checkpoint is due: the state cannot say how far it is. */
function failing() {
  const seen = { asked: 0, failed: [] as unknown[] };
  const through = async () => {
    seen.asked++;
    throw new Error('the state cannot be asked');
  };
  const report = { ...reportsNoCheckpoint, failed: (error: unknown) => seen.failed.push(error) };
  // The other parts are not reached.
  const parts = { clock: new DrivenClock(), report, through } as Partial<CheckpointerParts> as CheckpointerParts;
  return { seen, checkpointer: new Checkpointer(parts, new Map()), clock: parts.clock as DrivenClock };
}

describe('a checkpointer whose state cannot say how far it is', () => {
  it('tells so and goes on running, and asks again later', async () => {
    const { seen, checkpointer, clock } = failing();
    const stop = new AbortController();
    const run = checkpointer.run(stop.signal);
    for (let turn = 0; seen.asked < 2 && turn < 1_000; turn++) {
      clock.advance(10_000);
      await new Promise(setImmediate);
    }
    stop.abort();
    clock.advance(10_000);
    await run;
    expect([seen.asked, seen.failed.length]).toEqual([2, 2]);
  });

  it('does not keep the service from stopping', async () => {
    const { seen, checkpointer } = failing();
    await checkpointer.finish();
    expect(seen.failed).toHaveLength(1);
  });
});

describe('a checkpointer under a flood of records', () => {
  it('writes for at most a tenth of the time', async () => {
    const stop = new AbortController();
    const { startsMs, checkpointer } = flooded(stop);
    await checkpointer.run(stop.signal);
    const between = startsMs.slice(1).map((ms, n) => ms - (startsMs[n] ?? 0));
    expect(Math.min(...between)).toBe(20_000);
  });
});
