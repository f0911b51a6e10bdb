import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appliesTo, compareVersionNames, inForce, newestBegun, scheduledSuccessor, type Versioned } from './force.js';
import { kinds } from './kinds/index.js';

const day = (n: number) => new Date(Date.UTC(2026, 0, n)).toISOString();
const at = (n: number) => Date.UTC(2026, 0, n);

function version(name: string, from: number | null, to: number | null = null, more: object = {}): Versioned {
  const window = { effectiveFrom: from && day(from), effectiveTo: to && day(to) };
  const id = `refunds@${name}`;
  return { facets: kinds.policy.facets({ id, policyId: 'refunds', version: name, ...window, ...more }) };
}

const nameOf = (found: Versioned | undefined) => found?.facets.version;

describe('the version in force', () => {
  const [v1, v2, v3] = [version('1', 1), version('2', 10, 20), version('3', 30)];

  it.each([
    [0, undefined, '1'],
    [1, '1', '2'],
    [9, '1', '2'],
    [10, '2', '3'],
    [19, '2', '3'],
    [20, undefined, '3'],
    [29, undefined, '3'],
    [30, '3', undefined],
  ])('on day %i is %s, and the next is %s', (today, current, next) => {
    expect(nameOf(inForce([v3, v1, v2], at(today)))).toBe(current);
    expect(nameOf(scheduledSuccessor([v2, v3, v1], at(today)))).toBe(next);
  });

  it('is never a superseded one, even when its successor has ended', () => {
    expect(nameOf(newestBegun([v1, v2], at(25)))).toBe('2');
    expect(inForce([v1, v2], at(25))).toBeUndefined();
  });

  it('is the one of the higher name when several begin at once, in natural order', () => {
    const names = ['9', '10', '2'];
    expect(
      nameOf(
        inForce(
          names.map((name) => version(name, null)),
          at(1),
        ),
      ),
    ).toBe('10');
    expect(
      nameOf(
        inForce(
          ['v9', 'v10'].map((name) => version(name, 5)),
          at(6),
        ),
      ),
    ).toBe('v10');
  });

  it('does not depend on the order in which versions are held', () => {
    const name = fc.constantFrom('1', '2', '10', '1a', '9a', 'a', 'v2', 'v10', '1.0', '01', '');
    const one = fc
      .tuple(name, fc.option(fc.nat({ max: 3 })), fc.nat())
      .map(([text, from, id]) => version(text, from, null, { id: `p${id}` }));
    const held = fc.uniqueArray(one, { selector: ({ facets }) => facets.id, maxLength: 8 });
    const both = held.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));
    fc.assert(
      fc.property(both, ([all, shuffled]) => {
        expect(inForce(shuffled, at(2))).toBe(inForce(all, at(2)));
        expect(scheduledSuccessor(shuffled, at(2))).toBe(scheduledSuccessor(all, at(2)));
      }),
    );
  });
});

describe('version names', () => {
  it.each([
    ['9', '10'],
    ['2.9', '2.10'],
    ['v9', 'v10'],
    ['1', '1.1'],
    ['2', '2a'],
    ['9007199254740992', '9007199254740993'],
  ])('%s comes before %s', (a, b) => {
    expect(compareVersionNames(a, b)).toBeLessThan(0);
    expect(compareVersionNames(b, a)).toBeGreaterThan(0);
  });

  it('have one total order', () => {
    const name = fc.string({ unit: fc.constantFrom('0', '1', '2', '9', 'a', 'v', '.', '-'), maxLength: 5 });
    fc.assert(
      fc.property(name, name, name, (a, b, c) => {
        const sorted = [a, b, c].sort(compareVersionNames);
        expect([c, b, a].sort(compareVersionNames)).toEqual(sorted);
        expect([b, a, c].sort(compareVersionNames)).toEqual(sorted);
        expect(Math.sign(compareVersionNames(a, b))).toBe(0 - Math.sign(compareVersionNames(b, a)));
      }),
      { numRuns: 500 },
    );
  });
});

describe('a policy applies', () => {
  const pro = { plan: 'pro', region: null, products: new Set(['chat']) };
  const about = (conditions: object) => version('1', null, null, { appliesTo: conditions }).facets;

  it('to everyone when it names nobody', () => {
    expect(appliesTo(about({}), pro)).toBe(true);
    expect(appliesTo(about({ plans: [] }), pro)).toBe(true);
  });

  it('only where each of its conditions names the applicant', () => {
    expect(appliesTo(about({ plans: ['pro'], products: ['chat', 'voice'] }), pro)).toBe(true);
    expect(appliesTo(about({ plans: ['pro'], products: ['voice'] }), pro)).toBe(false);
    expect(appliesTo(about({ regions: ['eu'] }), pro)).toBe(false);
  });
});
