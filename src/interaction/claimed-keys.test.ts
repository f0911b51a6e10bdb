import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tenant } from '../fixtures.test-support.js';
import { ClaimedKeys } from './claimed-keys.js';

const partition = 'copilot.tool:0';
const incarnation = { id: 'i', ordinal: 1 };

type Read = readonly [key: string, type: 'called' | 'returned' | 'failed'];

/** What is known after these records, of which the first is at offset 0; those before `from` are not read. */
function keysAfter(records: readonly Read[], length: bigint, from = 0n): ClaimedKeys {
  const keys = new ClaimedKeys([partition], length);
  for (const [n, [subject, type]] of records.entries()) {
    const offset = BigInt(n);
    const position = { topic: 'copilot.tool', incarnation, partition: 0, leaderEpoch: 0, offset };
    if (offset >= from) keys.take(partition, tenant, { position, type: `tool.${type}`, subject });
  }
  return keys;
}

const find = (keys: ClaimedKeys, key: string) => keys.find(partition, tenant, key);
const others = (count: number): readonly Read[] => Array.from({ length: count }, (_, n) => [`other-${n}`, 'called']);

describe('a claimed key', () => {
  it('is known until a generation has passed at least, and not after two', () => {
    const known = (count: number) => find(keysAfter([['a', 'called'], ...others(count)], 10n), 'a') !== undefined;
    expect([9, 10, 19].map(known)).toEqual([true, true, true]);
    expect([20, 35, 1_000].map(known)).toEqual([false, false, false]);
  });

  it('is known for as long again with every record of it, by its first and its outcome', () => {
    const early: readonly Read[] = [['a', 'called'], ['a', 'failed'], ['a', 'returned'], ...others(12)];
    const known = find(keysAfter([...early, ['a', 'called'], ...others(12)], 10n), 'a');
    expect(known).toEqual({ first: 0n, isFirstCertain: false, status: 'returned', outcome: 2n });
  });

  it('has the first result as its outcome, and the newest failure until there is one', () => {
    const failures: readonly Read[] = [
      ['a', 'called'],
      ['a', 'failed'],
      ['a', 'failed'],
    ];
    expect(find(keysAfter(failures, 10n), 'a')).toMatchObject({ status: 'failed', outcome: 2n });
    const results: readonly Read[] = [...failures, ['a', 'returned'], ['a', 'returned'], ['a', 'failed']];
    expect(find(keysAfter(results, 10n), 'a')).toMatchObject({ status: 'returned', outcome: 3n });
  });

  it('has an outcome that is not found where millions of records lie between', () => {
    const keys = new ClaimedKeys([partition], 10_000_000n);
    const at = (offset: bigint) => ({ topic: 'copilot.tool', incarnation, partition: 0, leaderEpoch: 0, offset });
    keys.take(partition, tenant, { position: at(7n), type: 'tool.called', subject: 'a' });
    keys.take(partition, tenant, { position: at(9_000_000n), type: 'tool.returned', subject: 'a' });
    keys.take(partition, tenant, { position: at(9_000_001n), type: 'tool.failed', subject: 'a' });
    expect(find(keys, 'a')).toEqual({ first: 7n, isFirstCertain: true, status: 'returned', outcome: null });
  });

  it('is one tenant’s, and of a partition that is not followed nothing is known', () => {
    const keys = keysAfter([['a', 'called']], 10n);
    expect(keys.find(partition, 'other', 'a')).toBeUndefined();
    expect(keys.find('copilot.tool:1', tenant, 'a')).toBeUndefined();
  });
});

describe('of any records', () => {
  const LENGTH = 6n;
  const read = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.constantFrom('called', 'returned', 'failed'));
  const records: fc.Arbitrary<readonly Read[]> = fc.array(read, { maxLength: 60 });

  it('a key is known after a restart exactly if it was before, with the same first record where that is certain', () => {
    const law = fc.property(records, (all) => {
      const end = BigInt(all.length);
      const [whole, anew] = [0n, ClaimedKeys.readFrom(end, LENGTH)].map((from) => keysAfter(all, LENGTH, from));
      for (const key of ['a', 'b', 'c', 'd', 'e']) {
        const [was, is] = [whole, anew].map((keys) => keys && find(keys, key));
        expect(is === undefined).toBe(was === undefined);
        if (was?.isFirstCertain || is?.isFirstCertain) expect(is).toMatchObject({ first: was?.first });
        expect(is?.isFirstCertain).toBe(was?.isFirstCertain);
      }
    });
    fc.assert(law);
  });

  it('a key is known exactly if a record of it is in the newest generation or the one before', () => {
    const law = fc.property(records, (all) => {
      const newest = all.length === 0 ? 0n : (BigInt(all.length) - 1n) / LENGTH;
      const recent = all.slice(Number((newest < 1n ? 0n : newest - 1n) * LENGTH)).map(([key]) => key);
      const keys = keysAfter(all, LENGTH);
      for (const key of ['a', 'b', 'c', 'd', 'e']) expect(find(keys, key) !== undefined).toBe(recent.includes(key));
    });
    fc.assert(law);
  });
});
