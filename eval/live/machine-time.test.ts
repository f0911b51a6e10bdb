import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { eventually } from './eventually.test-support.js';
import { countedMs } from './machine-time.test-support.js';

/** Nothing else of this process runs. */
function standStill(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

describe('time that counts', () => {
  it('is all that passes while the process runs', async () => {
    const fromMs = performance.now();
    await eventually(() => expect(performance.now() - fromMs).toBeGreaterThan(200));
    expect(countedMs(fromMs)).toBeGreaterThan(50);
    expect(countedMs(fromMs)).toBeLessThanOrEqual(performance.now() - fromMs);
  });

  it('is not what passes while it was kept from running, also told later and of a part', async () => {
    const fromMs = performance.now();
    standStill(500);
    const toMs = performance.now();
    expect(countedMs(fromMs, toMs)).toBeLessThan(100);
    await eventually(() => expect(performance.now() - toMs).toBeGreaterThan(50));
    expect(countedMs(fromMs, toMs)).toBeLessThan(100);
    expect(countedMs(fromMs + 250, toMs)).toBeLessThan(100);
    expect(countedMs(toMs)).toBeLessThanOrEqual(performance.now() - toMs);
  });
});
