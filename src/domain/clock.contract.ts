/** What every clock holds to. */
import { describe, expect, it } from 'vitest';
import type { Clock } from './clock.js';

/** `pass` lets at least that many milliseconds go by on the subject. */
export interface ClockSubject {
  readonly clock: Clock;
  pass(ms: number): Promise<void>;
}

export function clockContract(name: string, makeSubject: () => ClockSubject): void {
  describe(`${name} keeps the contract of a clock`, () => {
    it('tells wall time in milliseconds since 1970', () => {
      const { clock } = makeSubject();
      expect(new Date(clock.wallMs()).getUTCFullYear()).toBeGreaterThan(2000);
    });

    it('never goes back on the monotonic scale', async () => {
      const { clock, pass } = makeSubject();
      const before = clock.monotonicMs();
      await pass(2);
      expect(clock.monotonicMs()).toBeGreaterThanOrEqual(before + 1);
    });

    it('ends a sleep once its time has passed, and not before', async () => {
      const { clock, pass } = makeSubject();
      const before = clock.monotonicMs();
      const slept = clock.sleep(5).then(() => clock.monotonicMs());
      await pass(10);
      expect((await slept) - before).toBeGreaterThanOrEqual(4);
    });

    it('ends a sleep at once when the signal aborts, also one that has aborted already', async () => {
      const { clock } = makeSubject();
      const stop = new AbortController();
      const sleeping = clock.sleep(3_600_000, stop.signal);
      stop.abort();
      await expect(sleeping).resolves.toBeUndefined();
      await expect(clock.sleep(3_600_000, stop.signal)).resolves.toBeUndefined();
    });
  });
}
