import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ExpiringRun, expiredRuns, type Retention } from './retention.js';

/** Runs of 10 records and 100 bytes, the newest record of each stamped as given. */
function runsOf(...newestMs: number[]): ExpiringRun[] {
  return newestMs.map((ms, i) => ({ bytes: 100, end: BigInt(10 * (i + 1)), newestMs: ms }));
}

const byAge = (ageMs: number): Retention => ({ ageMs, bytes: null });
const bySize = (bytes: number): Retention => ({ ageMs: null, bytes });

interface Case {
  readonly runs: ExpiringRun[];
  readonly retention: Retention;
  /** 99 unless told otherwise. */
  readonly upTo?: bigint;
  readonly expected: number;
}

describe('runs of records', () => {
  it.each<[string, Case]>([
    ['are kept at exactly the age', { runs: runsOf(0, 0), retention: byAge(50), expected: 0 }],
    ['go past it', { runs: runsOf(0, 0), retention: byAge(49), expected: 1 }],
    ['are kept when they fill exactly the size', { runs: runsOf(0, 0, 0), retention: bySize(300), expected: 0 }],
    ['go until the others fit', { runs: runsOf(0, 0, 0, 0), retention: bySize(250), expected: 2 }],
    ['go by either bound', { runs: runsOf(0, 50, 50), retention: { ageMs: 10, bytes: 150 }, expected: 2 }],
    ['go when their last record may', { runs: runsOf(0, 0, 0), retention: bySize(1), upTo: 9n, expected: 1 }],
    ['are kept when their last record may not', { runs: runsOf(0, 0, 0), retention: bySize(1), upTo: 8n, expected: 0 }],
    [
      'are kept behind a young one, though stamped earlier',
      { runs: runsOf(0, 50, 1, 50), retention: byAge(10), expected: 1 },
    ],
    ['are kept when they are the last', { runs: runsOf(0), retention: { ageMs: 1, bytes: 1 }, expected: 0 }],
    ['are kept when there is none', { runs: [], retention: bySize(1), expected: 0 }],
  ])('%s', (_, { runs, retention, upTo = 99n, expected }) => {
    expect(expiredRuns(runs, { retention, upTo, nowMs: 50 })).toBe(expected);
  });

  it('are kept when nothing says how far they may go', () => {
    expect(expiredRuns(runsOf(0, 0), { retention: bySize(1), upTo: undefined, nowMs: 50 })).toBe(0);
  });

  it('never go further for an earlier time, a longer retention or a shorter reach', () => {
    const bound = fc.option(fc.integer({ min: 1, max: 1_200 }));
    const retention = fc.record({ ageMs: bound, bytes: bound });
    const given = fc.record({ retention, nowMs: fc.nat(1_500), upTo: fc.bigInt({ min: 0n, max: 130n }) });
    const law = fc.property(fc.array(fc.nat(1_000), { maxLength: 12 }), given, (stamps, bounds) => {
      const runs = runsOf(...stamps);
      const { ageMs, bytes } = bounds.retention;
      const longer = { ageMs: ageMs && ageMs + 1, bytes: bytes && bytes + 1 };
      const count = expiredRuns(runs, bounds);
      for (const less of [{ nowMs: bounds.nowMs - 1 }, { upTo: bounds.upTo - 1n }, { retention: longer }]) {
        expect(expiredRuns(runs, { ...bounds, ...less })).toBeLessThanOrEqual(count);
      }
    });
    fc.assert(law);
  });
});
