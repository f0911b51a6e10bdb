import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../domain/canonical.js';
import { RecordedIds } from './recorded-ids.js';

const idOf = (name: number) => digestOf(String(name));

describe('the ids of recorded snapshots', () => {
  it('are found at their first offset, before and after any number of captures', () => {
    const holds = (rounds: readonly (readonly number[])[]) => {
      const first = new Map<number, bigint>();
      let ids = new RecordedIds(undefined, 0n);
      let offset = 0n;
      for (const names of rounds) {
        for (const name of names) {
          ids.note(idOf(name), offset);
          if (!first.has(name)) first.set(name, offset);
          offset++;
        }
        const { through, rows } = ids.capture();
        expect(through).toBe(offset - 1n);
        ids = new RecordedIds({ through, rows: rows() }, 0n);
      }
      expect(ids.count).toBe(first.size);
      for (let name = 0; name < 40; name++) expect(ids.find(idOf(name))).toBe(first.get(name));
    };
    fc.assert(fc.property(fc.array(fc.array(fc.nat({ max: 30 }), { maxLength: 20 }), { maxLength: 4 }), holds));
  });

  it('are captured only as far as nothing between is missing', () => {
    const ids = new RecordedIds(undefined, 5n);
    for (const offset of [5n, 7n]) ids.note(idOf(Number(offset)), offset);
    const { through, rows } = ids.capture();
    const again = new RecordedIds({ through, rows: rows() }, 5n);
    expect([through, again.find(idOf(5)), again.find(idOf(7)), ids.find(idOf(7))]).toEqual([5n, 5n, undefined, 7n]);
    ids.note(idOf(6), 6n);
    expect(ids.through).toBe(7n);
  });
});
