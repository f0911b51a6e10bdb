import { describe, expect, it, onTestFinished } from 'vitest';
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

/** Its state answers nobody any more as soon as the service watches it, which it does when it begins to catch up. */
function leavingComposition(onAsked: () => void): ReturnType<typeof memoryComposition> {
  const composition = memoryComposition();
  const openEngines: typeof composition.openEngines = async (...of) => {
    const opened = await composition.openEngines(...of);
    let isAnnounced = false;
    const { state } = opened.engines;
    const watch = state.watch.bind(state);
    state.watch = (listener) => {
      state.through = async () => {
        if (isAnnounced) onAsked();
        throw new TidemarkError({ code: 'state_unavailable', message: 'Gone.', advice: 'Wait.', retriable: true });
      };
      return watch(listener);
    };
    const announce = async () => {
      isAnnounced = true;
    };
    return { ...opened, announce };
  };
  return { ...composition, openEngines };
}

describe('serve, while its state goes away as it catches up', () => {
  it('goes on: that nobody can say how far it is ends no service', async () => {
    const unheard: unknown[] = [];
    const hear = (error: unknown) => void unheard.push(error);
    process.on('unhandledRejection', hear);
    onTestFinished(() => void process.off('unhandledRejection', hear));
    const stop = new AbortController();
    let asked = 0;
    const composition = leavingComposition(() => {
      asked += 1;
      setImmediate(() => stop.abort());
    });
    const served = await runCli(['serve', '--port', '0'], { composition, signal: stop.signal });
    expect(served.code).toBe(exitCodes.ok);
    expect(asked).toBeGreaterThan(0);
    expect(unheard).toEqual([]);
  });
});
