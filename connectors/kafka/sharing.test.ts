import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PartitionKey } from '../../src/domain/position.js';
import { type SharingMember, shareOut } from './sharing.js';
import { decodeTold, encodeTold } from './sharing-assigner.js';

const topicsOf = (counts: readonly number[]) =>
  counts.map((count, index) => ({ name: `t${index}`, partitions: Array.from({ length: count }, (_, n) => n) }));
const topics = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }).map(topicsOf);
const ids = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 });

const fresh = (names: readonly string[]): readonly SharingMember[] => names.map((id) => ({ id, holds: [] }));
const again = (shares: ReadonlyMap<string, readonly PartitionKey[]>): readonly SharingMember[] =>
  [...shares].map(([id, holds]) => ({ id, holds }));
const kept = (before: readonly PartitionKey[] = [], after: readonly PartitionKey[] = []) =>
  before.filter((key) => after.includes(key)).length;

describe('sharing out partitions', () => {
  it('gives every partition to one member, and of each topic nobody two more than another', () => {
    fc.assert(
      fc.property(ids, topics, (names, of) => {
        const shares = shareOut(fresh(names), of);
        const all = [...shares.values()].flat();
        expect(all.sort()).toEqual(of.flatMap(({ name, partitions }) => partitions.map((n) => `${name}:${n}`)).sort());
        for (const { name } of of) {
          const counts = [...shares.values()].map((keys) => keys.filter((key) => key.startsWith(`${name}:`)).length);
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('moves nothing while the members stay, in whatever order they come', () => {
    fc.assert(
      fc.property(ids, topics, (names, of) => {
        const shares = shareOut(fresh(names), of);
        const once = shareOut([...again(shares)].reverse(), of);
        for (const [id, keys] of shares) expect([...(once.get(id) ?? [])].sort()).toEqual([...keys].sort());
      }),
    );
  });

  it('moves only the partitions of a member that leaves', () => {
    fc.assert(
      fc.property(ids, topics, ([gone, ...names], of) => {
        const before = shareOut(fresh([gone ?? '', ...names]), of);
        const after = shareOut(
          again(before).filter(({ id }) => id !== gone),
          of,
        );
        for (const id of names) expect(kept(before.get(id), after.get(id))).toBe(before.get(id)?.length);
      }),
    );
  });

  it('moves no more for a member that joins than it gets', () => {
    fc.assert(
      fc.property(ids, topics, ([added = '', ...names], of) => {
        fc.pre(names.length > 0);
        const before = shareOut(fresh(names), of);
        const after = shareOut([...again(before), { id: added, holds: [] }], of);
        const moved = names.reduce(
          (sum, id) => sum + (before.get(id)?.length ?? 0) - kept(before.get(id), after.get(id)),
          0,
        );
        expect(moved).toBe(after.get(added)?.length);
      }),
    );
  });

  it('gives what a member cannot apply to one that can, everything once, and then moves nothing', () => {
    const unable = fc.array(fc.tuple(fc.nat(5), fc.nat(4), fc.nat(8)), { maxLength: 30 });
    fc.assert(
      fc.property(ids, topics, unable, (names, of, marks) => {
        const all = of.flatMap(({ name, partitions }) => partitions.map((n): PartitionKey => `${name}:${n}`));
        const cannotOf = (at: number) =>
          marks.filter(([by]) => by % names.length === at).map(([, t, n]): PartitionKey => `t${t}:${n}`);
        const members = names.map((id, at) => ({ id, holds: [], cannot: cannotOf(at) }));
        const shares = shareOut(members, of);
        expect([...shares.values()].flat().sort()).toEqual([...all].sort());
        for (const { id, cannot } of members) {
          for (const key of (shares.get(id) ?? []).filter((one) => cannot.includes(one)))
            expect(members.every((member) => member.cannot.includes(key))).toBe(true);
        }
        const again = members.map((member) => ({ ...member, holds: shares.get(member.id) ?? [] }));
        const once = shareOut(again.reverse(), of);
        for (const [id, keys] of shares) expect([...(once.get(id) ?? [])].sort()).toEqual([...keys].sort());
      }),
    );
  });

  it('gives a partition that two claim to one of them, and what is not there to nobody', () => {
    const members: readonly SharingMember[] = [
      { id: 'b', holds: ['t0:0', 't9:0'] },
      { id: 'a', holds: ['t0:0'] },
    ];
    expect(shareOut(members, topicsOf([2]))).toEqual(
      new Map([
        ['a', ['t0:0']],
        ['b', ['t0:1']],
      ]),
    );
    expect(shareOut([], topicsOf([2]))).toEqual(new Map());
  });
});

describe('what a member says it has', () => {
  it('is read as it was written, and taken for nothing where it makes no sense', () => {
    const told = { holds: ['a.b:0', 'a.b:2', 'c:1'], cannot: ['a.b:0', 'd:3'] } as const;
    expect(decodeTold(encodeTold(told))).toEqual(told);
    expect(decodeTold(encodeTold({ ...told, cannot: [] }))).toEqual({ ...told, cannot: [] });
    for (const text of ['', '{', '7', 'null', '{"t":"x"}', '{"t":["1",1.5]}', '{" cannot":7}']) {
      expect(decodeTold(Buffer.from(text))).toEqual({ holds: [], cannot: [] });
    }
  });
});
