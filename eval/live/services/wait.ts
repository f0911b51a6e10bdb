/** Waiting for what another process does. */
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_AGAIN_MS = 100;

/** Resolves once `holds` gives true; rejects after `withinMs`, with what was last wrong. */
export async function waitUntil(
  what: string,
  withinMs: number,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const untilMs = performance.now() + withinMs;
  let cause: unknown;
  for (;;) {
    try {
      if (await holds()) return;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > untilMs) throw new Error(`not within ${withinMs / 1000} s: ${what}`, { cause });
    await sleep(LOOK_AGAIN_MS);
  }
}
