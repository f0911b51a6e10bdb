import { describe, expect, it } from 'vitest';
import { Lease } from './lease.js';

const SESSION_MS = 10_000;

function leaseAt(start: number) {
  let nowMs = start;
  const lease = new Lease({ monotonicMs: () => nowMs }, SESSION_MS);
  const pass = (ms: number) => {
    nowMs += ms;
    return lease.holds;
  };
  return { lease, pass };
}

describe('a lease', () => {
  it('does not hold before a broker has answered', () => {
    expect(leaseAt(0).lease.holds).toBe(false);
  });

  it('lasts for the session from when joining was asked for, not from when it was answered', () => {
    const { lease, pass } = leaseAt(50_000);
    lease.renew(3_000);
    expect([pass(0), pass(6_999), pass(1)]).toEqual([true, true, false]);
  });

  it('is prolonged by each heartbeat, from the earliest that it can have been sent', () => {
    const { lease, pass } = leaseAt(0);
    lease.renew(0);
    pass(8_000);
    lease.renew();
    // It may have been sent at once after the one before.
    expect([pass(1_999), pass(1)]).toEqual([true, false]);
    lease.renew();
    expect(pass(7_999)).toBe(true);
  });

  it('that was ended does not come back', () => {
    const { lease } = leaseAt(0);
    lease.renew(0);
    lease.end();
    lease.renew(0);
    expect(lease.holds).toBe(false);
  });
});
