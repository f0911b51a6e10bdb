/**
 * Time that counts against a bound. While the machine does not let this process run it lets the servers beside it run no better, and what
 * passes then says nothing of them: a bound of half a second holds for half a second in which there was a machine.
 */
import { performance } from 'node:perf_hooks';

const LOOK_EACH_MS = 10;
/** Timers are late by this much on a machine that does nothing else. */
const LATE_MS = 10;

interface Stall {
  readonly untilMs: number;
  readonly forMs: number;
}

const stalls: Stall[] = [];
let lookedMs = performance.now();

function look(): void {
  const nowMs = performance.now();
  const forMs = nowMs - lookedMs - LOOK_EACH_MS - LATE_MS;
  if (forMs > 0) stalls.push({ untilMs: nowMs, forMs });
  lookedMs = nowMs;
}

setInterval(look, LOOK_EACH_MS).unref();

/** From one moment of `performance.now()` to another, less what of it this process was kept from running. */
export function countedMs(fromMs: number, toMs = performance.now()): number {
  look();
  const heldUpMs = stalls.map(({ untilMs, forMs }) => Math.min(untilMs, toMs) - Math.max(untilMs - forMs, fromMs));
  return toMs - fromMs - heldUpMs.reduce((sum, one) => sum + Math.max(0, one), 0);
}
