import { describe, expect, it } from 'vitest';
import { measure, type Opened, type Row } from './harness.js';
import { rateShortfall } from './ingest-load.js';

const opened = { ours: async () => 8, baseline: async () => 2, close: async () => undefined };

function row(open: () => Promise<Opened>): Row {
  return { name: 'a row', unit: 'ms', better: 'low', goal: { ship: 5, stretch: 3 }, open };
}

const measured = (open: () => Promise<Opened>) => measure(row(open), 3, () => undefined);

describe('a row', () => {
  it('is judged by the median of its ratios', async () => {
    expect(await measured(async () => opened)).toMatchObject({ ratio: { median: 4 }, verdict: 'ship' });
  });

  it('that throws is failed with its reason, and is closed', async () => {
    let closed = 0;
    const broken = { ours: () => Promise.reject(new Error('the top ten differ')), close: async () => void closed++ };
    const result = await measured(async () => ({ ...opened, ...broken }));
    expect(result).toMatchObject({ verdict: 'failed', note: 'the top ten differ' });
    expect(closed).toBe(1);
  });

  it('gets no verdict where less than 95 % of the rate in its name was applied', async () => {
    const under = (rate: number) => ({ ...opened, shortfall: () => rateShortfall([rate], 10_000) });
    expect(await measured(async () => under(9_500))).toMatchObject({ verdict: 'ship' });
    const short = await measured(async () => under(9_499));
    expect(short).toMatchObject({ verdict: 'not measured', note: 'only 9,499 of 10,000 events/s were applied' });
  });
});
