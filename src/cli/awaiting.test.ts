import { describe, expect, it } from 'vitest';
import { type ErrorCode, TidemarkError } from '../errors.js';
import { limits } from '../limits.js';
import { awaitEngines } from './awaiting.js';
import type { Notice } from './composition.js';

const failing = (code: ErrorCode) =>
  new TidemarkError({ code, message: 'It is away.', advice: '', retriable: true, facts: { reason: 'ECONNREFUSED' } });

/** Time passes by sleeping alone. `comesAfter`: tries that are rejected. */
function waiting(code: ErrorCode, comesAfter: number, signal?: AbortSignal) {
  let [nowMs, tries] = [0, 0];
  const told: Notice[] = [];
  const clock = {
    wallMs: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: async (ms: number) => {
      nowMs += ms;
    },
  };
  const ask = async () => {
    tries += 1;
    if (tries <= comesAfter) throw failing(code);
    return 'there';
  };
  const result = awaitEngines(ask, { clock, signal, tell: (notice) => told.push(notice) });
  return { result, told, sinceMs: () => nowMs };
}

describe('an engine that is not there', () => {
  it('is asked until it comes, and that is told each time it has lasted twice as long', async () => {
    const { result, told } = waiting('unreachable', 9);
    expect(await result).toBe('there');
    expect(told.map(({ facts }) => facts)).toEqual([1, 2, 4, 8].map((tries) => ({ reason: 'ECONNREFUSED', tries })));
    expect(told[0]).toMatchObject({ level: 'warn', text: 'It is away. It is asked again.' });
  });

  it.each([
    ['unreachable', limits.engineAbsentMs],
    ['state_unavailable', limits.engineLateMs],
    ['index_unavailable', limits.engineLateMs],
  ] as const)('is given up in the end, with what it said (%s)', async (code, afterMs) => {
    const { result, sinceMs } = waiting(code, Number.POSITIVE_INFINITY);
    await expect(result).rejects.toMatchObject({ code });
    expect(sinceMs()).toBe(afterMs);
  });

  it('is not asked again where it says what is wrong', async () => {
    const { result, told, sinceMs } = waiting('config_invalid', 1);
    await expect(result).rejects.toMatchObject({ code: 'config_invalid' });
    expect([told, sinceMs()]).toEqual([[], 0]);
  });

  it('is not waited for by a service that is told to stop', async () => {
    await expect(waiting('unreachable', 1, AbortSignal.abort()).result).rejects.toMatchObject({ code: 'stopping' });
  });
});
