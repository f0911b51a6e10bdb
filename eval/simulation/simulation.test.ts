import { describe, expect, it } from 'vitest';
import { simulationSeed, size } from '../prove/size.js';
import { brokenPorts } from './broken-ports.js';
import { type FaultKind, faultKinds } from './faults.js';
import { reportOf } from './report.js';
import { simulate } from './simulation.js';
import type { Mutation } from './world.js';

const again = simulationSeed();
const seeds = again === undefined ? Array.from({ length: size(150, 10_000) }, (_, n) => n + 1) : [again];
/** The fixed seeds a broken implementation has to be caught within. */
const SEEDS_TO_CATCH = 60;

async function caughtBy(mutation: Mutation): Promise<string | undefined> {
  for (let seed = 1; seed <= SEEDS_TO_CATCH; seed++) {
    const { violation } = await simulate(seed, mutation);
    if (violation !== undefined) return violation.promise;
  }
  return undefined;
}

describe('the core under a seeded scheduler', () => {
  it('keeps P1 to P5 and P7 to P9 at every step, recovers when faults end, and meets every kind of fault', async () => {
    const failed: string[] = [];
    const bites = new Map<FaultKind, number>(faultKinds.map((kind) => [kind, 0]));
    for (const seed of seeds) {
      const outcome = await simulate(seed);
      if (outcome.violation !== undefined) failed.push(reportOf(outcome));
      for (const kind of faultKinds) bites.set(kind, (bites.get(kind) ?? 0) + outcome.bites[kind]);
    }
    expect(failed.join('\n\n')).toBe('');
    const idle = faultKinds.filter((kind) => bites.get(kind) === 0);
    expect(again === undefined ? idle : []).toEqual([]);
  }, 7_200_000);

  it.each([1, 2, 3, 4])('does the same bit for bit with the same seed: %i', async (seed) => {
    const [first, second] = [await simulate(seed), await simulate(seed)];
    expect(second.digest).toBe(first.digest);
    expect((await simulate(seed + 100)).digest).not.toBe(first.digest);
  });

  it.each(Object.entries(brokenPorts))(
    'catches %s',
    async (_name, mutation) => {
      expect(await caughtBy(mutation)).toBeDefined();
    },
    300_000,
  );
});
