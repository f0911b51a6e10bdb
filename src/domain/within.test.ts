import { expect, it, vi } from 'vitest';
import { DrivenClock } from '../fixtures.test-support.js';
import { within } from './within.js';

const never = () => new Promise<never>(() => undefined);

it('an answer that is there at once is taken, with no time at all and without a timer', async () => {
  const clock = new DrivenClock();
  expect(await within(clock, Promise.resolve(7), 0)).toBe(7);
  expect(await within(clock, Promise.resolve(7), 100)).toBe(7);
  expect(clock.sleepers).toBe(0);
});

it('an answer that comes in time is taken, and leaves no timer behind', async () => {
  const clock = new DrivenClock();
  const late = clock.sleep(99).then(() => 7);
  const asked = within(clock, late, 100);
  await vi.waitFor(() => expect(clock.sleepers).toBe(2));
  clock.advance(99);
  expect(await asked).toBe(7);
  expect(clock.sleepers).toBe(0);
});

it('an answer that does not come in time is none, and neither is a failure', async () => {
  const clock = new DrivenClock();
  const asked = within(clock, never(), 100);
  await vi.waitFor(() => expect(clock.sleepers).toBe(1));
  clock.advance(100);
  expect(await asked).toBeUndefined();
  expect(await within(clock, never(), 0)).toBeUndefined();
  expect(await within(clock, Promise.reject(new Error('away')), 100)).toBeUndefined();
});
