import { afterEach, describe, expect, it, vi } from 'vitest';
import { limits } from '../limits.js';
import { type Interrupt, listenForInterrupt } from './interrupt.js';

let interrupt: Interrupt | undefined;
afterEach(() => {
  interrupt?.release();
  vi.restoreAllMocks();
});

/** Hears signals at the given moments, milliseconds, and returns the code the process would have ended with. */
function hear(...momentsMs: readonly number[]): { code: number | undefined; aborted: boolean } {
  const exit = vi.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
  const now = vi.spyOn(performance, 'now');
  interrupt = listenForInterrupt();
  for (const momentMs of momentsMs) {
    now.mockReturnValue(momentMs);
    process.emit('SIGTERM');
  }
  now.mockRestore();
  return { code: exit.mock.calls[0]?.[0] as number | undefined, aborted: interrupt.signal.aborted };
}

describe('an interrupt', () => {
  it('asks to end in order', () => {
    expect(hear(1_000)).toEqual({ code: undefined, aborted: true });
  });

  it('that is heard twice at once is one', () => {
    expect(hear(1_000, 1_000 + limits.interruptAgainMs - 1)).toEqual({ code: undefined, aborted: true });
  });

  it('that is repeated later ends the process at once', () => {
    expect(hear(1_000, 1_000 + limits.interruptAgainMs)).toEqual({ code: 130, aborted: true });
  });
});
