import { describe, expect, it } from 'vitest';
import { givenSeed, size } from '../prove/settings.js';
import { brokenPorts } from './broken-ports.js';
import { type FaultKind, faultKinds } from './faults.js';
import { reportOf } from './report.js';
import { simulate } from './simulation.js';
import type { PromiseName } from './violation.js';
import type { Mutation } from './world.js';

const again = givenSeed();
const seeds = again === undefined ? Array.from({ length: size(300, 10_000) }, (_, n) => n + 1) : [again];
/** The fixed seeds a broken implementation has to be caught within. */
const SEEDS_TO_CATCH = 60;

/** The promises found broken, up to the first of those that are looked for. */
async function brokenBy(mutation: Mutation, wanted: readonly PromiseName[]): Promise<ReadonlySet<PromiseName>> {
  const found = new Set<PromiseName>();
  for (let seed = 1; seed <= SEEDS_TO_CATCH && !wanted.some((promise) => found.has(promise)); seed++) {
    const { violation } = await simulate(seed, mutation);
    if (violation !== undefined) found.add(violation.promise);
  }
  return found;
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

  const cases = brokenPorts.flatMap(([broken, ports]) =>
    Object.entries(ports).map(([name, port]) => ({ name, port, broken })),
  );

  it.each(cases)(
    'catches $name',
    async ({ port, broken }) => {
      const found = await brokenBy(port, broken);
      expect(
        broken.some((promise) => found.has(promise)),
        [...found].join(),
      ).toBe(true);
    },
    300_000,
  );
});
