/** Ctrl-C and a supervisor's SIGTERM: the first asks to end in order, a second one ends at once. */
import { limits } from '../limits.js';

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Gives the signals back to the process. */
  release(): void;
}

// What a shell reports for a program that Ctrl-C ended.
const EXIT_INTERRUPTED = 130;

export function listenForInterrupt(): Interrupt {
  const controller = new AbortController();
  let firstAtMs = Number.POSITIVE_INFINITY;
  const heard = (): void => {
    const nowMs = performance.now();
    if (!controller.signal.aborted) {
      firstAtMs = nowMs;
      controller.abort();
    } else if (nowMs - firstAtMs >= limits.interruptAgainMs) {
      process.exit(EXIT_INTERRUPTED);
    }
  };
  process.on('SIGINT', heard);
  process.on('SIGTERM', heard);
  return {
    signal: controller.signal,
    release: () => {
      process.off('SIGINT', heard);
      process.off('SIGTERM', heard);
    },
  };
}

export async function interrupted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
