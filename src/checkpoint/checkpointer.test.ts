import { describe, expect, it } from 'vitest';
import { DrivenClock } from '../fixtures.test-support.js';
import { Checkpointer, type CheckpointerParts } from './checkpointer.js';
import { reportsNoCheckpoint } from './report.js';

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
