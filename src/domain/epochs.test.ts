import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../limits.js';
import { EpochTable } from './epoch-table.js';
import { commonPart, epochsFromJson, epochsOf, epochsToJson, isInHistory, type LeaderEpochs } from './epochs.js';
import type { PartitionKey } from './position.js';

const p: PartitionKey = 'notes:0';

function told(table: EpochTable): LeaderEpochs {
  return { epochOf: (_, offset) => table.epochOf(offset), endOf: (_, epoch) => table.endOf(epoch) };
}

const table = (...starts: readonly (readonly [number, bigint])[]) =>
  new EpochTable(starts.map(([leaderEpoch, first]) => ({ leaderEpoch, first })));

describe('the leader epochs of a partition', () => {
  it('give every offset the epoch it was or will be written under', () => {
    const epochs = table([0, 0n], [2, 10n], [5, 30n]);
    expect([0n, 9n, 10n, 29n, 30n, 1_000n].map((offset) => epochs.epochOf(offset))).toEqual([0, 0, 2, 2, 5, 5]);
  });

  it('end where the next larger one begins, also when they wrote nothing here', () => {
    const epochs = table([0, 0n], [2, 10n], [5, 30n]);
    expect([0, 1, 2, 3, 4, 5].map((epoch) => epochs.endOf(epoch))).toEqual([10n, 10n, 30n, 30n, 30n, undefined]);
  });

  it('that the log never came to have no history in it', () => {
    expect(table([0, 0n]).endOf(1)).toBe(0n);
  });

  it('forget an epoch whose records were all lost', () => {
    expect(table([0, 0n], [1, 10n]).begin(2, 8n).starts).toEqual(table([0, 0n], [2, 8n]).starts);
    expect(table([0, 0n]).begin(1, 0n).starts).toEqual(table([1, 0n]).starts);
  });

  it('are bounded, the oldest going first, and what came before the oldest known counts as kept', () => {
    let epochs = table([0, 0n]);
    for (let epoch = 1; epoch <= limits.leaderEpochsKeptMax; epoch++) epochs = epochs.begin(epoch, BigInt(epoch));
    expect(epochs.starts).toHaveLength(limits.leaderEpochsKeptMax);
    expect([epochs.starts[0], epochs.endOf(0), epochs.epochOf(0n)]).toEqual([{ leaderEpoch: 1, first: 1n }, 1n, 1]);
  });
});

/** A partition that is written, and reopened after cuts; each record is a thing of its own. */
interface Life {
  readonly records: readonly { readonly leaderEpoch: number; readonly n: number }[];
  readonly seen: readonly { readonly leaderEpoch: number; readonly offset: bigint; readonly n: number }[];
  readonly epochs: EpochTable;
}

const step = fc.record({ writes: fc.nat({ max: 5 }), cut: fc.nat({ max: 8 }) });

function live(steps: readonly { readonly writes: number; readonly cut: number }[]): Life {
  let epochs = new EpochTable([{ leaderEpoch: 0, first: 0n }]);
  let records: Life['records'] = [];
  const seen: Life['seen'][number][] = [];
  for (const { writes, cut } of steps) {
    for (let i = 0; i < writes; i++) {
      const record = { leaderEpoch: epochs.newest, n: seen.length };
      seen.push({ ...record, offset: BigInt(records.length) });
      records = [...records, record];
    }
    records = records.slice(0, Math.max(0, records.length - cut));
    epochs = epochs.begin(epochs.newest + 1, BigInt(records.length));
  }
  return { records, seen, epochs };
}

describe('after any cuts and appends', () => {
  const lives = fc.array(step, { maxLength: 12 }).map(live);

  it('a position is in the history exactly while its own record is at that place', () => {
    fc.assert(
      fc.property(lives, ({ records, seen, epochs }) => {
        for (const { leaderEpoch, offset, n } of seen) {
          const isThere = records[Number(offset)]?.n === n;
          expect(isInHistory(told(epochs), p, { leaderEpoch, offset })).toBe(isThere);
        }
      }),
    );
  });

  it('what a vector has in common with the log is what has stayed of all it covered', () => {
    fc.assert(
      fc.property(lives, ({ records, seen, epochs }) => {
        for (const { leaderEpoch, offset } of seen) {
          const common = commonPart(told(epochs), new Map([[p, offset]]), new Map([[p, leaderEpoch]])).get(p) ?? -1n;
          // The last record at or before it that was there when it was written, and still is.
          const then = seen.findLast((one) => one.offset === offset && one.leaderEpoch === leaderEpoch)?.n ?? 0;
          const kept = records.slice(0, Number(offset) + 1).filter(({ n }) => n <= then).length;
          expect(common).toBe(BigInt(kept) - 1n);
        }
      }),
    );
  });

  it('every record is found under its own epoch', () => {
    fc.assert(
      fc.property(lives, ({ records, epochs }) => {
        expect(records.map((_, offset) => epochs.epochOf(BigInt(offset)))).toEqual(
          records.map(({ leaderEpoch }) => leaderEpoch),
        );
      }),
    );
  });
});

describe('on the wire', () => {
  it('epochs of 0 are left out, and the others are read back', () => {
    const epochs = told(table([0, 0n], [3, 10n]));
    expect(epochsToJson(epochsOf(epochs, new Map([[p, 9n]])))).toEqual({});
    const found = epochsOf(epochs, new Map([[p, 10n]]));
    expect(epochsToJson(found)).toEqual({ notes: { 0: 3 } });
    expect(epochsFromJson(epochsToJson(found))).toEqual(found);
    expect(epochsFromJson(undefined)).toEqual(new Map());
  });
});
