import { DrivenClock } from '../fixtures.test-support.js';
import { clockContract } from './clock.contract.js';
import { systemClock } from './clock.js';

clockContract('the clock of the system', () => ({
  clock: systemClock,
  pass: async (ms) => {
    const until = performance.now() + ms;
    while (performance.now() < until) await new Promise((resolve) => setImmediate(resolve));
  },
}));

clockContract('the clock that tests drive', () => {
  const clock = new DrivenClock();
  return { clock, pass: async (ms) => clock.advance(ms) };
});
