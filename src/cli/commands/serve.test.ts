import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../../errors.js';
import { memoryComposition, runCli } from '../cli.test-support.js';
import { exitCodes } from '../exit.js';

/** Its engines are never open: the opening waits until it is told to stop, and then ends with this code. */
function waitingComposition(code: 'stopping' | 'log_failed', onOpening: () => void) {
  const openEngines = (_config: unknown, _tell: unknown, signal?: AbortSignal) =>
    new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () =>
        reject(new TidemarkError({ code, message: 'It is over.', advice: 'Begin anew.', retriable: true })),
      );
      onOpening();
    });
  return { ...memoryComposition(), openEngines };
}

describe('serve, told to stop while it waits for its log', () => {
  it.each([
    ['has done what it was told when the opening ends for that', 'stopping', exitCodes.ok],
    ['has failed when the opening fails', 'log_failed', exitCodes.failed],
  ] as const)('%s', async (_, code, expected) => {
    const stop = new AbortController();
    const composition = waitingComposition(code, () => stop.abort());
    expect((await runCli(['serve'], { composition, signal: stop.signal })).code).toBe(expected);
  });
});
