import { describe, expect, it } from 'vitest';
import { Pressure } from './pressure.js';

const never = new AbortController().signal;

describe('back pressure', () => {
  it('begins past the bound and ends once a tenth of it is indexed', () => {
    const pressure = new Pressure(100);
    const seen = [100, 101, 95, 90, 89, 100].map((pending) => {
      pressure.note(pending);
      return pressure.current?.pending ?? null;
    });
    expect(seen).toEqual([null, 101, 95, 90, null, null]);
  });

  it('holds up whoever waits for its end, and lets them go by itself', async () => {
    const pressure = new Pressure(100);
    pressure.note(200);
    let isThrough = false;
    const waiting = pressure.relieved(never).then(() => {
      isThrough = true;
    });
    await Promise.resolve();
    expect([isThrough, pressure.current?.reason]).toEqual([false, 'index_behind']);
    pressure.note(0);
    await waiting;
    expect(isThrough).toBe(true);
  });

  it('does not outlast a stop', async () => {
    const pressure = new Pressure(1);
    pressure.note(2);
    await pressure.relieved(AbortSignal.abort());
    expect(pressure.current).not.toBeNull();
  });
});
