import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PresentEntity } from '../domain/entity.js';
import { fold } from '../domain/fold.js';
import { policy, position, understood } from '../fixtures.test-support.js';
import { limits } from '../limits.js';
import { characterPassages, passagesOfEntity } from '../retrieval/passages.js';
import { countedPassages } from '../retrieval/passages.test-support.js';
import { statisticsOf } from '../retrieval/statistics.js';
import { PolicySet } from '../state/policy-set.js';
import { mostInOneTurn } from '../turns.test-support.js';
import { PolicyStatistics } from './policy-statistics.js';

function entity(tenant: string, id: string, body: string): PresentEntity {
  const event = understood(policy(id, { body }, { tenant }));
  const folded = fold(undefined, event, { position: position(0), redrive: null });
  if (folded.outcome !== 'applied' || folded.entity.status !== 'present') throw new Error('a policy is a policy');
  return folded.entity;
}

function setOf(tenant: string, bodies: Readonly<Record<string, string>>): PolicySet {
  return new PolicySet(
    0,
    Object.entries(bodies).map(([id, body]) => entity(tenant, id, body)),
  );
}

/** Counted from nothing, by itself. */
function alone(set: PolicySet) {
  return statisticsOf([...set.byRef.values()].flatMap(({ entity: one }) => passagesOfEntity(characterPassages, one)));
}

const words = ['refund', 'refunds', 'credit', 'outage', 'hour'];
const figures = ({ id, passages, totalLength, documentFrequency }: ReturnType<typeof alone>) => {
  return { id, passages, totalLength, frequencies: words.map(documentFrequency) };
};

const acme = setOf('acme', { 'P-1': 'A refund takes an hour.', 'P-2': 'A credit for every outage.' });
const other = setOf('other', { 'P-1': 'Refund, refund, credit.', 'P-2': 'No outage.', 'P-3': 'An hour of credit.' });

describe("the statistics of a tenant's policies", () => {
  it('hold nothing of another tenant, who may have policies of the same names (P7)', () => {
    const statistics = new PolicyStatistics(characterPassages);
    const before = figures(statistics.of('acme', acme));
    expect(figures(statistics.of('other', other))).toEqual(figures(alone(other)));
    expect(figures(statistics.of('acme', setOf('acme', { 'P-2': 'An outage.' })))).toEqual(
      figures(alone(setOf('acme', { 'P-2': 'An outage.' }))),
    );
    expect(before).toEqual(figures(alone(acme)));
  });

  it('are those of the set alone, whatever was counted before it (P5)', () => {
    const statistics = new PolicyStatistics(characterPassages);
    const sets = [
      acme,
      setOf('acme', {}),
      setOf('acme', { 'P-1': 'Outage.' }),
      acme,
      setOf('acme', { 'P-3': 'Hours.' }),
    ];
    for (const set of sets) expect(figures(statistics.of('acme', set))).toEqual(figures(alone(set)));
  });
});

describe('the passages of a policy as it was counted', () => {
  it('are those of this very content, and of no other tenant', () => {
    const statistics = new PolicyStatistics(characterPassages);
    const [first] = [...acme.byRef.values()];
    if (first === undefined) throw new Error('there are policies');
    expect(statistics.passagesOf(first.entity)).toBeUndefined();
    statistics.of('acme', acme);
    expect(statistics.passagesOf(first.entity)).toEqual(passagesOfEntity(characterPassages, first.entity));
    expect(statistics.passagesOf(entity('acme', 'P-1', 'Another text.'))).toBeUndefined();
    expect(statistics.passagesOf(entity('other', 'P-1', 'A refund takes an hour.'))).toBeUndefined();
  });
});

/** Enough policies to be counted in several slices; `salt` decides which of them differ from those of another salt. */
function manyOf(salt: number): PolicySet {
  const count = limits.countedAtOnceMax + limits.countedSlicePassages * 2;
  const bodies = Array.from({ length: count }, (_, n) => {
    const word = words[(n * (salt + 1)) % words.length];
    return [`P-${n + (salt % 3) * 20}`, `${word} of ${n % (salt + 2)}`];
  });
  return setOf('acme', Object.fromEntries(bodies));
}

const salts = fc.integer({ min: 0, max: 6 });
const sets = [0, 1, 2, 3, 4, 5, 6].map(manyOf);
const setBy = (salt: number) => sets[salt] ?? acme;

describe('statistics that are counted ahead, in slices', () => {
  it('are those of the set alone, whatever else was asked for between the slices', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(salts, { minLength: 1, maxLength: 3 }), fc.array(salts), async (ahead, asked) => {
        const statistics = new PolicyStatistics(characterPassages);
        const between = asked.map(setBy);
        const ask = async () => {
          const set = between.pop();
          if (set !== undefined) expect(figures(statistics.of('acme', set))).toEqual(figures(alone(set)));
          return true;
        };
        for (const set of ahead.map(setBy)) {
          await statistics.countAhead('acme', set, ask);
          expect(figures(statistics.of('acme', set))).toEqual(figures(alone(set)));
        }
      }),
      { numRuns: 15 },
    );
  });

  it('pause after every slice, and are counted to the end by the next question when the pause ends them', async () => {
    const statistics = new PolicyStatistics(characterPassages);
    let pauses = 0;
    await statistics.countAhead('acme', setBy(1), async () => ++pauses < 2);
    expect([pauses, figures(statistics.of('acme', setBy(1)))]).toEqual([2, figures(alone(setBy(1)))]);
  });
});

describe('statistics that are counted in turns', () => {
  it('are counted one after the other, where two questions ask about different sets of a tenant at once', async () => {
    const most = await mostInOneTurn(async (count) => {
      const statistics = new PolicyStatistics(countedPassages(count));
      const made = await Promise.all([1, 2].map((salt) => statistics.inTurns('acme', setBy(salt))));
      expect(made.map(figures)).toEqual([1, 2].map((salt) => figures(alone(setBy(salt)))));
    });
    expect(most).toBe(limits.countedSlicePassages);
  });

  it('are taken out in slices too, where the set has become small', async () => {
    const statistics = new PolicyStatistics(characterPassages);
    await statistics.inTurns('acme', setBy(1));
    let turns = 0;
    const counted = statistics.inTurns('acme', acme).then(() => true);
    while (!(await Promise.race([counted, new Promise((resolve) => setImmediate(resolve, false))]))) turns++;
    expect(turns).toBeGreaterThanOrEqual(limits.countedAtOnceMax / limits.countedSlicePassages);
    expect(figures(statistics.of('acme', acme))).toEqual(figures(alone(acme)));
  });
});
