import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Digest, digestOf } from '../domain/canonical.js';
import { limits } from '../limits.js';
import { LEAF_ROWS_MAX, SLICE_ROWS_MAX } from './digest-table.js';
import { RecordedIds } from './recorded-ids.js';

const ROW_BYTES = 40;
const idOf = (name: number) => digestOf(String(name));

function reopened(ids: RecordedIds, start: bigint): RecordedIds {
  const { through, slices } = ids.capture(start);
  return new RecordedIds({ through, rows: Buffer.concat([...slices()]) }, start);
}

function filled(count: number): RecordedIds {
  const ids = new RecordedIds(undefined, 0n);
  for (let name = 0; name < count; name++) ids.note(idOf(name), BigInt(name));
  return ids;
}

afterEach(() => {
  vi.restoreAllMocks();
});

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
        expect(ids.through).toBe(offset - 1n);
        ids = reopened(ids, 0n);
      }
      expect(ids.count).toBe(first.size);
      for (let name = 0; name < 40; name++) expect(ids.find(idOf(name))).toBe(first.get(name));
    };
    fc.assert(fc.property(fc.array(fc.array(fc.nat({ max: 30 }), { maxLength: 20 }), { maxLength: 4 }), holds));
  });

  it('are found whatever has been halved, shared with a capture or brought by one', () => {
    const count = 20 * LEAF_ROWS_MAX;
    let ids = filled(count);
    const captured = ids.capture(0n);
    ids = reopened(ids, 0n);
    for (let name = count; name < 2 * count; name++) ids.note(idOf(name), BigInt(name));
    for (let name = 0; name < 2 * count; name++) expect(ids.find(idOf(name))).toBe(BigInt(name));
    expect([ids.count, ids.find(idOf(2 * count))]).toEqual([2 * count, undefined]);
    expect(rowsOf([...captured.slices()])).toHaveLength(count);
  });

  it('are told apart and sorted though their digests begin alike', () => {
    const alike = (name: number): Digest => `sha256-${'f'.repeat(8)}${idOf(name).slice('sha256-'.length + 8)}`;
    const ids = new RecordedIds(undefined, 0n);
    for (let name = 0; name < 1_000; name++) ids.note(alike(name), BigInt(name));
    for (let name = 0; name < 1_000; name++) expect(ids.find(alike(name))).toBe(BigInt(name));
    expect([ids.count, ids.find(alike(1_000)), ids.find(idOf(0))]).toEqual([1_000, undefined, undefined]);
    const rows = rowsOf([...ids.capture(0n).slices()]).map((row) => row.toString('hex', 0, 32));
    expect(rows).toEqual([...rows].sort());
  });

  it('are captured as of that instant, sorted, whatever is noted before the slices are made', () => {
    const ids = filled(3_000);
    const before = ids.capture(0n);
    const [first] = rowsOf([...before.slices()]);
    for (let name = 3_000; name < 6_000; name++) ids.note(idOf(name), BigInt(name));
    const rows = rowsOf([...before.slices()]);
    const expected = Array.from({ length: 3_000 }, (_, name) => idOf(name).slice('sha256-'.length)).sort();
    expect(rows.map((row) => row.toString('hex', 0, 32))).toEqual(expected);
    expect(rows[0]).toEqual(first);
  });

  it('are captured only as far as nothing between is missing', () => {
    const ids = new RecordedIds(undefined, 5n);
    for (const offset of [5n, 7n]) ids.note(idOf(Number(offset)), offset);
    const again = reopened(ids, 5n);
    expect([again.through, again.find(idOf(5)), again.find(idOf(7)), ids.find(idOf(7))]).toEqual([
      5n,
      5n,
      undefined,
      7n,
    ]);
    ids.note(idOf(6), 6n);
    expect(ids.through).toBe(7n);
  });
});

describe('ids of snapshots whose records have expired', () => {
  const start = BigInt(limits.expiredSnapshotsMax) + 1_000n;

  it('stay known until as many later ones have expired as the limit says, and are forgotten then', () => {
    const ids = filled(3_000);
    ids.capture(start);
    const known = (of: RecordedIds) => [999, 1_000, 2_999].map((name) => of.find(idOf(name)));
    expect(known(ids)).toEqual([undefined, 1_000n, 2_999n]);
    const again = reopened(ids, start);
    expect([again.count, ...known(again)]).toEqual([2_000, undefined, 1_000n, 2_999n]);
    for (let name = 3_000; name < 3_200; name++) ids.note(idOf(name), start + BigInt(name));
    expect([ids.count, ...known(ids)]).toEqual([2_200, undefined, 1_000n, 2_999n]);
  });

  it('are known at a later record when there is one', () => {
    const ids = filled(10);
    ids.capture(5n);
    for (const name of [4, 5]) ids.note(idOf(name), 10n + BigInt(name));
    expect([4, 5].map((name) => ids.find(idOf(name)))).toEqual([14n, 5n]);
  });
});

describe('the work of one step', () => {
  it('is bounded when an id is noted: the rows of one leaf are moved, and few compared', () => {
    const ids = filled(30_000);
    ids.capture(0n);
    const looked = vi.spyOn(Buffer.prototype, 'readUInt32BE');
    const made = vi.spyOn(Buffer, 'allocUnsafeSlow');
    for (let name = 30_000; name < 30_500; name++) {
      looked.mockClear();
      made.mockClear();
      ids.note(idOf(name), BigInt(name));
      // A comparison looks at the beginnings of two digests.
      expect(looked.mock.calls.length).toBeGreaterThan(2);
      expect(looked.mock.calls.length).toBeLessThan(2 * 80);
      expect(made.mock.calls.reduce((sum, [bytes]) => sum + bytes, 0)).toBeLessThanOrEqual(
        2 * LEAF_ROWS_MAX * ROW_BYTES,
      );
    }
  });

  it('is bounded when a checkpoint takes them: nothing is compared, and a slice goes through so many rows', () => {
    const ids = filled(60_000);
    const compare = vi.spyOn(Buffer.prototype, 'compare');
    const looked = vi.spyOn(Buffer.prototype, 'readUInt32BE');
    const sort = vi.spyOn(Array.prototype, 'sort');
    const read = vi.spyOn(Buffer.prototype, 'readBigUInt64LE');
    const { slices } = ids.capture(BigInt(limits.expiredSnapshotsMax) + 50_000n);
    let rows = 0;
    expect(read).not.toHaveBeenCalled();
    for (const slice of slices()) {
      expect(read.mock.calls.length).toBeLessThanOrEqual(SLICE_ROWS_MAX);
      read.mockClear();
      rows += slice.length / ROW_BYTES;
    }
    expect(rows).toBe(10_000);
    expect([compare, looked, sort].map(({ mock }) => mock.calls.length)).toEqual([0, 0, 0]);
  });
});

function rowsOf(slices: readonly Buffer[]): readonly Buffer[] {
  const rows = Buffer.concat(slices);
  return Array.from({ length: rows.length / ROW_BYTES }, (_, index) =>
    rows.subarray(index * ROW_BYTES, (index + 1) * ROW_BYTES),
  );
}
