import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONTROL, LOG_APPEND_TIME, TRANSACTIONAL, type WireBatch, type WireRecord } from './batches.js';
import { type AbortedTransaction, slicesOf } from './records.js';

function plain(offsetDelta: number, text = 'v'): WireRecord {
  return { offsetDelta, timestampDeltaMs: offsetDelta, key: null, value: Buffer.from(text), headers: [] };
}

function batchOf(firstOffset: number, records: readonly WireRecord[], changes: Partial<WireBatch> = {}): WireBatch {
  return {
    firstOffset: BigInt(firstOffset),
    end: BigInt(firstOffset + (records.at(-1)?.offsetDelta ?? -1) + 1),
    leaderEpoch: 3,
    attributes: 0,
    firstTimestampMs: 1_000,
    maxTimestampMs: 9_000,
    producerId: -1n,
    records: () => records,
    ...changes,
  };
}

function marker(offset: number, producerId: bigint, kind: 'abort' | 'commit'): WireBatch {
  const key = Buffer.from([0, 0, 0, kind === 'abort' ? 0 : 1]);
  return batchOf(offset, [{ ...plain(0), key }], { attributes: TRANSACTIONAL | CONTROL, producerId });
}

/** What all slices hold, and how far they come. */
function seen(batches: readonly WireBatch[], aborted: readonly AbortedTransaction[] = [], fetchOffset = 0n) {
  const slices = [...slicesOf({ batches, aborted, fetchOffset }, 100)];
  return {
    offsets: slices.flatMap(({ records }) => records.map(({ offset }) => Number(offset))),
    nextOffset: slices.at(-1)?.nextOffset,
  };
}

describe('the records of a fetch answer', () => {
  it('are those at and after the offset that was asked for', () => {
    expect(seen([batchOf(0, [plain(0), plain(1), plain(2)])], [], 2n)).toEqual({ offsets: [2], nextOffset: 3n });
  });

  it('leave gaps where compaction has removed some, also at the end of a batch', () => {
    const compacted = batchOf(0, [plain(1), plain(4)], { end: 8n });
    expect(seen([compacted, batchOf(8, [], { end: 12n })])).toEqual({ offsets: [1, 4], nextOffset: 12n });
  });

  it('show again a producer that aborted and then committed', () => {
    const of = { attributes: TRANSACTIONAL, producerId: 7n };
    const batches = [
      batchOf(0, [plain(0)], of),
      marker(1, 7n, 'abort'),
      batchOf(2, [plain(0)], of),
      marker(3, 7n, 'commit'),
    ];
    expect(seen(batches, [{ producerId: 7n, firstOffset: 0n }])).toEqual({ offsets: [2], nextOffset: 4n });
  });

  it('have the time of their producer, or of the log where it says so', () => {
    const created = batchOf(0, [plain(0), plain(1)]);
    const appended = batchOf(2, [plain(0)], { attributes: LOG_APPEND_TIME });
    const [slice] = [...slicesOf({ batches: [created, appended], aborted: [], fetchOffset: 0n }, 100)];
    expect(slice?.records.map(({ timestampMs }) => timestampMs)).toEqual([1_000, 1_001, 9_000]);
  });

  it('come in slices, the last of which passes what follows them', () => {
    const batches = [batchOf(0, [plain(0), plain(1), plain(2)]), marker(3, 1n, 'commit')];
    const slices = [...slicesOf({ batches, aborted: [], fetchOffset: 0n }, 3)];
    expect(slices.map(({ records, nextOffset }) => [records.length, nextOffset])).toEqual([
      [3, 3n],
      [0, 4n],
    ]);
  });

  it('are given up to a batch that cannot be read, and then it is told', () => {
    const broken = batchOf(1, [plain(0)], {
      records: () => {
        throw new Error('broken');
      },
    });
    const slices = slicesOf({ batches: [batchOf(0, [plain(0)]), broken], aborted: [], fetchOffset: 0n }, 100);
    expect(slices.next().value?.nextOffset).toBe(1n);
    expect(() => slices.next()).toThrow('broken');
  });

  it('are exactly the committed ones, wherever reading begins and however they are batched', () => {
    fc.assert(
      fc.property(history, fc.nat(60), fc.integer({ min: 1, max: 5 }), (steps, start, sizeMax) => {
        const log = logOf(steps);
        const fetchOffset = BigInt(Math.min(start, log.end));
        const batches = log.batches.filter(({ end }) => end > fetchOffset);
        const aborted = log.aborted.filter(({ endsBefore }) => endsBefore > fetchOffset);
        const slices = [...slicesOf({ batches, aborted, fetchOffset }, sizeMax)];
        const offsets = slices.flatMap(({ records }) => records.map(({ offset }) => offset));
        expect(offsets).toEqual(log.committed.filter((offset) => offset >= fetchOffset));
        expect(slices.at(-1)?.nextOffset ?? fetchOffset).toBe(BigInt(log.end));
        expect(slices.every(({ records }) => records.length <= sizeMax)).toBe(true);
      }),
    );
  });
});

/** `producer` 0 writes outside of transactions; the others in one each, which a step may end. */
const history = fc.array(
  fc.record({
    producer: fc.integer({ min: 0, max: 3 }),
    size: fc.integer({ min: 1, max: 3 }),
    end: fc.constantFrom('no', 'abort', 'commit'),
  }),
  { maxLength: 25 },
);

type Step = { readonly producer: number; readonly size: number; readonly end: string };

/** The log that such a history leaves once all transactions have ended: what a broker holds below its last stable offset. */
function logOf(steps: readonly Step[]) {
  const batches: WireBatch[] = [];
  const committed: bigint[] = [];
  const aborted: (AbortedTransaction & { endsBefore: bigint })[] = [];
  const open = new Map<number, bigint[]>();
  let end = 0;
  const finish = (producer: number, kind: 'abort' | 'commit') => {
    const offsets = open.get(producer) ?? [];
    const [firstOffset] = offsets;
    if (firstOffset === undefined) return;
    if (kind === 'commit') committed.push(...offsets);
    else aborted.push({ producerId: BigInt(producer), firstOffset, endsBefore: BigInt(end) });
    batches.push(marker(end++, BigInt(producer), kind));
    open.delete(producer);
  };
  for (const { producer, size, end: how } of steps) {
    const records = Array.from({ length: size }, (_, i) => plain(i));
    const offsets = records.map((_, i) => BigInt(end + i));
    batches.push(
      batchOf(end, records, producer === 0 ? {} : { attributes: TRANSACTIONAL, producerId: BigInt(producer) }),
    );
    end += size;
    if (producer === 0) committed.push(...offsets);
    else open.set(producer, [...(open.get(producer) ?? []), ...offsets]);
    if (how === 'abort' || how === 'commit') finish(producer, how);
  }
  for (const producer of [...open.keys()]) finish(producer, 'abort');
  return { batches, aborted, end, committed: committed.toSorted((a, b) => Number(a - b)) };
}
