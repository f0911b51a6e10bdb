import { describe, expect, it } from 'vitest';
import { unlessAborted } from './unless-aborted.js';

const never = new Promise<number>(() => undefined);

describe('work that is waited for until somebody gives up', () => {
  it('gives what comes of it while nobody does', async () => {
    const { signal } = new AbortController();
    expect(await unlessAborted(Promise.resolve(1), signal)).toBe(1);
    expect(await unlessAborted(Promise.resolve(1), undefined)).toBe(1);
    await expect(unlessAborted(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
  });

  it('gives nothing once somebody does, before or meanwhile', async () => {
    expect(await unlessAborted(never, AbortSignal.abort())).toBeUndefined();
    const stop = new AbortController();
    const waiting = unlessAborted(never, stop.signal);
    stop.abort();
    expect(await waiting).toBeUndefined();
  });
});
