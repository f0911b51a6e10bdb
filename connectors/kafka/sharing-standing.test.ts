import { describe, expect, it } from 'vitest';
import { SharingStanding } from './sharing-standing.js';

const SESSION_MS = 10_000;
const share = { isLeader: true, partitions: ['t:0', 't:1'] } as const;

function joined() {
  let nowMs = 0;
  const standing = new SharingStanding({ monotonicMs: () => nowMs }, SESSION_MS);
  standing.joined(share);
  const pass = (ms: number) => {
    nowMs += ms;
    return standing.share;
  };
  return { standing, pass };
}

describe('a share of a group', () => {
  it('is nothing before the group has been joined, whatever is heard', () => {
    const standing = new SharingStanding({ monotonicMs: () => 0 }, SESSION_MS);
    standing.heard();
    standing.rebalancing();
    expect(standing.share).toBeUndefined();
  });

  it('is kept as long as heartbeats are answered, and for a session after', () => {
    const { standing, pass } = joined();
    expect(pass(9_999)).toEqual(share);
    standing.heard();
    expect([pass(9_999), pass(1)]).toEqual([share, undefined]);
  });

  it('is kept while the group is shared out anew, which takes as long as putting out a dead member, and no longer', () => {
    const { standing, pass } = joined();
    pass(2_000);
    standing.rebalancing();
    expect([pass(19_999), pass(1)]).toEqual([share, undefined]);
    const next = { isLeader: false, partitions: ['t:1'] } as const;
    standing.joined(next);
    expect(pass(1)).toEqual(next);
  });

  it('that has run out does not come back by a rebalance that begins late', () => {
    const { standing, pass } = joined();
    pass(SESSION_MS);
    standing.rebalancing();
    expect(pass(0)).toBeUndefined();
  });

  it('is nothing from leaving on, until the group has been joined again', () => {
    const { standing, pass } = joined();
    standing.left();
    standing.heard();
    expect(pass(0)).toBeUndefined();
    standing.joined(share);
    expect(pass(0)).toEqual(share);
  });
});
