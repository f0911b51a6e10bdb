/** Waiting, which a signal ends at once. */
import { clientLimits } from './limits.js';

/** Resolves after `ms`, or rejects with the signal's reason. */
export type Pause = (ms: number, signal?: AbortSignal) => Promise<void>;

export const pauseOfTimers: Pause = (ms, signal) =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });

/**
 * How long to wait after `failed` attempts in a row: a random part of a span that doubles (full jitter), so that many clients
 * do not come back at the same moment.
 */
export function pauseMsAfter(failed: number): number {
  const span = clientLimits.pauseMsFirst * 2 ** Math.min(failed - 1, 16);
  return Math.min(span, clientLimits.pauseMsMax) * Math.random();
}
