import { describe, expect, it, vi } from 'vitest';
import { Standing } from './standing.js';

const SESSION_MS = 10_000;

function standingAt(nowMs: number) {
  const time = { nowMs };
  const standing = new Standing({ monotonicMs: () => time.nowMs }, SESSION_MS);
  const onLost = vi.fn();
  standing.onLost(onLost);
  return { standing, time, onLost };
}

function owner() {
  const made = standingAt(0);
  made.standing.joined({ isLeader: true, tookMs: 0 });
  return made;
}

describe('where we stand in a group', () => {
  it('settles on owner when the group has made us its leader, however often it did not before', async () => {
    const { standing } = standingAt(0);
    standing.joined({ isLeader: false, tookMs: 0 });
    expect(standing.holds).toBe(false);
    standing.joined({ isLeader: true, tookMs: 0 });
    await standing.settled;
    expect(standing.holds).toBe(true);
  });

  it('settles on a failure when joining for the first time fails, also when it would be tried again', async () => {
    const { standing, onLost } = standingAt(0);
    standing.crashed(new Error('no broker'), true);
    await expect(standing.settled).rejects.toThrow('no broker');
    expect(onLost).not.toHaveBeenCalled();
  });

  it('is not lost while the brokers are away, holds no longer than the lease, and holds again after rejoining alone', () => {
    const { standing, time, onLost } = owner();
    standing.crashed(new Error('no broker'), true);
    time.nowMs = 60_000;
    expect(standing.holds).toBe(false);
    standing.crashed(new Error('no broker'), true);
    standing.joined({ isLeader: true, tookMs: 100 });
    expect(standing.holds).toBe(true);
    expect(onLost).not.toHaveBeenCalled();
  });

  it('holds nothing from leaving the group on, though the lease would last: the next may lead at once', () => {
    const { standing } = owner();
    standing.left();
    standing.heard();
    expect(standing.holds).toBe(false);
  });

  it('is lost for good, and told once, when the group has another leader after we have come back', () => {
    const { standing, onLost } = owner();
    standing.left();
    standing.joined({ isLeader: false, tookMs: 0 });
    standing.joined({ isLeader: true, tookMs: 0 });
    expect(standing.holds).toBe(false);
    expect(onLost).toHaveBeenCalledTimes(1);
  });

  it('is lost when membership ends and is not tried again', () => {
    const { standing, onLost } = owner();
    standing.crashed(new Error('no rights'), false);
    expect(standing.holds).toBe(false);
    expect(onLost).toHaveBeenCalledTimes(1);
  });

  it('tells a listener that comes late', () => {
    const { standing } = owner();
    standing.joined({ isLeader: false, tookMs: 0 });
    const late = vi.fn();
    standing.onLost(late);
    expect(late).toHaveBeenCalledTimes(1);
  });
});
