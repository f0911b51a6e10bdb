import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryLog } from '../../connectors/memory/log.js';
import { type Digest, digestOf } from '../domain/canonical.js';
import type { Position } from '../domain/position.js';
import { recordOf, ticket, topics } from '../fixtures.test-support.js';
import { topicsToOpen } from '../log/topics.js';
import { recoverIds } from './recover-ids.js';
import { nameOf, UsedIds } from './used-ids.js';

const position = (offset: bigint): Position => ({
  topic: 't',
  incarnation: { id: 'i', ordinal: 0 },
  partition: 0,
  leaderEpoch: 0,
  offset,
});
const named = (name: string, digest: Digest = digestOf(name)) => ({ name, digest });

describe('the ids in use', () => {
  it('are at most as many as the limit, the least recently used forgotten first', () => {
    const used = new UsedIds(2);
    used.note(named('a'), position(0n));
    used.note(named('b'), position(1n));
    used.find('a');
    used.note(named('c'), position(2n));
    expect(['a', 'b', 'c'].map((name) => used.find(name)?.settled?.offset)).toEqual([0n, undefined, 2n]);
    expect(used.count).toBe(2);
  });

  it('are forgotten in the order of their last use, however often each is used', () => {
    const uses = fc.array(fc.record({ name: fc.constantFrom(...'abcdefgh'), isNoted: fc.boolean() }), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(uses, fc.integer({ min: 0, max: 5 }), (steps, countMax) => {
        const used = new UsedIds(countMax);
        let remembered: string[] = [];
        for (const [step, { name, isNoted }] of steps.entries()) {
          expect(used.find(name) !== undefined, `step ${step}`).toBe(remembered.includes(name));
          if (isNoted) used.note(named(name), position(0n));
          if (isNoted || remembered.includes(name))
            remembered = [...remembered.filter((other) => other !== name), name];
          remembered = countMax === 0 ? [] : remembered.slice(-countMax);
        }
        expect(used.count).toBe(remembered.length);
      }),
    );
  });

  it('are told apart by tenant, source and id, whatever stands where one ends', () => {
    // One text cut in two places: what differs is where a part ends.
    const cuts = fc.uniqueArray(fc.nat({ max: 12 }), { minLength: 2, maxLength: 2 });
    const text = fc.oneof(fc.string({ minLength: 12, maxLength: 12 }), fc.string({ minLength: 80, maxLength: 90 }));
    fc.assert(
      fc.property(text, cuts, cuts, (whole, one, other) => {
        const [a, b] = [one, other].map((at) => {
          const [first, second] = [Math.min(...at), Math.max(...at)];
          return { tenant: whole.slice(0, first), source: whole.slice(first, second), id: whole.slice(second) };
        });
        const isSame = a?.tenant === b?.tenant && a?.source === b?.source;
        expect(a !== undefined && b !== undefined && nameOf(a) === nameOf(b)).toBe(isSame);
      }),
      { numRuns: 1_000 },
    );
  });

  it('keep the first use of a name', () => {
    const used = new UsedIds(2);
    used.note(named('a'), position(0n));
    used.note(named('a', digestOf('other')), position(1n));
    expect(used.find('a')).toMatchObject({ digest: digestOf('a'), settled: { offset: 0n } });
  });

  it('hold what is being appended, past any limit, until the log has answered', async () => {
    const used = new UsedIds(1);
    let answer: (positions: readonly Position[]) => void = () => {};
    const appending = new Promise<readonly Position[]>((resolve) => {
      answer = resolve;
    });
    used.claim([named('a'), named('b')], appending);
    expect(['a', 'b'].map((name) => used.find(name)?.settled)).toEqual([null, null]);
    const waiting = used.find('a')?.position();
    answer([position(0n), position(1n)]);
    expect(await waiting).toMatchObject({ offset: 0n });
    expect(used.count).toBe(1);
  });
});

describe('recovering', () => {
  it('reads the newest of every partition, and what small ones leave goes to the large ones', async () => {
    const log = new MemoryLog({ topics: topicsToOpen(topics), clock: () => 0 });
    await log.append(Array.from({ length: 10 }, (_, n) => recordOf('ticket', 'T-1', ticket('T-1', { n }))));
    await log.append([recordOf('ticket', 'T-2', '{'), recordOf('account', 'A-1', null)]);
    const counts = [];
    for (const countMax of [1_000, 5, 0]) {
      const used = new UsedIds(1_000);
      await recoverIds({ log, topics }, used, countMax);
      counts.push(used.count);
    }
    // Of the newest four of the tickets one is no event; the one account record is a tombstone, which has no id.
    expect(counts).toEqual([10, 3, 0]);
  });
});
