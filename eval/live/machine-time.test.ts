import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { countedMs } from './machine-time.test-support.js';

/** Nothing else of this process runs. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe('time that counts', () => {
  it('is all that passes while the process runs', async () => {
    const fromMs = performance.now();
    await sleep(200);
    expect(countedMs(fromMs)).toBeGreaterThan(50);
    expect(countedMs(fromMs)).toBeLessThanOrEqual(performance.now() - fromMs);
  });

  it('is not what passes while it was kept from running, also told later and of a part', async () => {
    const fromMs = performance.now();
    standStill(500);
    const toMs = performance.now();
    expect(countedMs(fromMs, toMs)).toBeLessThan(100);
    await sleep(50);
    expect(countedMs(fromMs, toMs)).toBeLessThan(100);
    expect(countedMs(fromMs + 250, toMs)).toBeLessThan(100);
    expect(countedMs(toMs)).toBeLessThanOrEqual(performance.now() - toMs);
  });
});
