import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LogBatch, LogRecord } from '../../src/log/port.js';
import type { FileJournal } from './journal.js';
import { cutBack } from './journal-edit.js';
import { batchOf, copied, openJournal, recordsOf } from './journal-kit.js';
import { MemoryFiles } from './memory-files.js';
import { cleanUp, nowMs } from './test-kit.js';

const folder = '/journal';
// Seconds of work on an idle machine, which a machine that is busy elsewhere takes many times as long for.
vi.setConfig({ testTimeout: 60_000 });

afterEach(cleanUp);

/** Gaps of no, one, a few, many offsets, and of more than 32 bits can tell. */
const gap = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  fc.integer({ min: 1, max: 3 }),
  fc.integer({ min: 4, max: 300 }),
  { weight: 1, arbitrary: fc.constant(2 ** 33) },
);
const value = fc.oneof(fc.string({ maxLength: 12 }), fc.constant('x'.repeat(150)));
const copy = fc.record({
  records: fc.array(fc.record({ gap, value, epochStep: fc.constantFrom(0, 0, 0, 0, 1, 5) }), { maxLength: 12 }),
  gapAfter: gap,
  sync: fc.boolean(),
});
const history = fc.record({
  begin: fc.constantFrom(0, 1, 5_000_000),
  copies: fc.array(copy, { minLength: 1, maxLength: 12 }),
  segmentBytesMax: fc.constantFrom(250, 700, 3_000, 100_000),
});
type History = typeof history extends fc.Arbitrary<infer T> ? T : never;

interface Step {
  readonly batch: LogBatch;
  readonly sync: boolean;
}

function stepsOf({ begin, copies }: History): readonly Step[] {
  let next = begin;
  let leaderEpoch = 0;
  return copies.map(({ records, gapAfter, sync }) => {
    const made = records.map((one) => {
      const offset = next + one.gap;
      next = offset + 1;
      leaderEpoch += one.epochStep;
      return copied({ offset, leaderEpoch, value: one.value, timestampMs: nowMs + offset });
    });
    next += gapAfter;
    return { batch: batchOf(made, next), sync };
  });
}

function allOf(steps: readonly Step[]): readonly LogRecord[] {
  return steps.flatMap(({ batch }) => batch.records);
}

async function copyAll(journal: FileJournal, steps: readonly Step[]): Promise<void> {
  for (const { batch, sync } of steps) {
    await journal.append(batch);
    if (sync) await journal.sync();
  }
}

/** The first of each leader epoch, as the records tell. */
function epochStartsOf(records: readonly LogRecord[]): unknown {
  const firsts = new Map<number, bigint>();
  for (const { position } of records) {
    if (!firsts.has(position.leaderEpoch)) firsts.set(position.leaderEpoch, position.offset);
  }
  return [...firsts].map(([leaderEpoch, first]) => ({ leaderEpoch, first }));
}

async function expectHolds(journal: FileJournal, records: readonly LogRecord[]): Promise<void> {
  expect(await recordsOf(journal)).toEqual(records);
  expect(journal.epochStarts('notes:0')).toEqual(epochStartsOf(records));
  const last = records.at(-1)?.position;
  expect(journal.lastOf('notes:0')).toEqual(last && { offset: last.offset, leaderEpoch: last.leaderEpoch });
}

describe('any batches with any gaps', () => {
  it('come back as they were, before and after the journal is opened again, whatever the segments', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (of) => {
        const steps = stepsOf(of);
        const options = { files: new MemoryFiles(), segmentBytesMax: of.segmentBytesMax };
        const { journal } = await openJournal(folder, options);
        await copyAll(journal, steps);
        const end = steps.at(-1)?.batch.nextOffset;
        expect(journal.ends().get('notes:0')).toBe(end);
        await expectHolds(journal, allOf(steps));
        await journal.close();
        const again = await openJournal(folder, options);
        expect(again.reports).toEqual([]);
        expect(again.journal.ends().get('notes:0')).toBe(end);
        await expectHolds(again.journal, allOf(steps));
      }),
      { numRuns: 40 },
    );
  });

  it('are read at each offset: a record, or the gap that is there', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.array(fc.nat(400), { maxLength: 40 }), async (of, picks) => {
        const steps = stepsOf(of);
        const { journal } = await openJournal(folder, { files: new MemoryFiles(), segmentBytesMax: 700 });
        await copyAll(journal, steps);
        const known = new Map(allOf(steps).map((record) => [record.position.offset, record]));
        const start = journal.starts().get('notes:0') ?? 0n;
        const end = journal.ends().get('notes:0') ?? 0n;
        const offsets = [...picks.map((pick) => start + BigInt(pick) - 5n), ...known.keys(), end - 1n, end];
        const readings = await journal.read('notes', 0, offsets);
        const expected = offsets.map((offset) => {
          const record = known.get(offset);
          if (record !== undefined) return { kind: 'found', record };
          return { kind: 'missing', why: offset < start ? 'expired' : offset >= end ? 'beyond_end' : 'compacted' };
        });
        expect(readings).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it('are scanned and delivered from any offset on, the end included', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.nat(500), fc.nat(500), async (of, skip, length) => {
        const steps = stepsOf(of);
        const { journal } = await openJournal(folder, { files: new MemoryFiles(), segmentBytesMax: 700 });
        await copyAll(journal, steps);
        const from = BigInt(of.begin + skip);
        const to = from + BigInt(length);
        const isIn = ({ position }: LogRecord): boolean => position.offset >= from && position.offset < to;
        expect(await recordsOf(journal, from, to)).toEqual(allOf(steps).filter(isIn));
        const end = journal.ends().get('notes:0') ?? 0n;
        if (from >= end) return;
        const delivered = await deliveredUntil(journal, from, end);
        expect(delivered).toEqual(allOf(steps).filter(({ position }) => position.offset >= from));
      }),
      { numRuns: 40 },
    );
  });
});

async function deliveredUntil(journal: FileJournal, from: bigint, end: bigint): Promise<readonly LogRecord[]> {
  const stop = new AbortController();
  const records: LogRecord[] = [];
  for await (const batch of journal.subscribe(['notes'], new Map([['notes:0', from]]), stop.signal)) {
    records.push(...batch.records);
    if (batch.nextOffset >= end) stop.abort();
  }
  return records;
}

describe('a journal whose process died', () => {
  it('has every whole record before the place where its last segment was cut, and copies on from there', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.nat(), async (of, pick) => {
        const steps = stepsOf({ ...of, copies: of.copies.map((one) => ({ ...one, sync: false })) });
        const all = allOf(steps);
        const options = { files: new MemoryFiles(), segmentBytesMax: of.segmentBytesMax };
        const { journal } = await openJournal(folder, options);
        await copyAll(journal, steps);
        const crashed = options.files.afterCrash();
        const last = lastSegment(crashed);
        crashed.cut(last, pick % (crashed.sizeOf(last) + 1));
        const { journal: again } = await openJournal(folder, { ...options, files: crashed });
        const kept = await recordsOf(again);
        await expectHolds(again, all.slice(0, kept.length));
        const end = again.ends().get('notes:0') ?? 0n;
        const missing = all.slice(kept.length);
        expect(missing.every(({ position }) => position.offset >= end)).toBe(true);
        if (missing.length > 0) await again.append(batchOf(missing));
        await expectHolds(again, all);
      }),
      { numRuns: 40 },
    );
  });

  it('opens over a cut at every byte of its last segment', async () => {
    const files = new MemoryFiles();
    const { journal } = await openJournal(folder, { files, segmentBytesMax: 500 });
    const records = [3, 4, 9, 50, 51, 60, 99].map((offset) => copied({ offset }));
    for (const record of records) await journal.append(batchOf([record]));
    const last = lastSegment(files);
    for (let bytes = files.sizeOf(last); bytes >= 0; bytes--) {
      const crashed = files.afterCrash();
      crashed.cut(last, bytes);
      const { journal: again } = await openJournal(folder, { files: crashed });
      const kept = await recordsOf(again);
      expect(kept).toEqual(records.slice(0, kept.length));
      expect(kept.length).toBeGreaterThanOrEqual(bytes === files.sizeOf(last) ? records.length : 3);
      await again.append(batchOf(records.slice(kept.length), 100));
      await expectHolds(again, records);
    }
  });
});

function lastSegment(files: MemoryFiles): string {
  return files.paths().findLast((path) => path.endsWith('.seg')) ?? '';
}

describe('a cut back to any offset', () => {
  it('leaves what was before it, and copying goes on there', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.nat(600), async (of, skip) => {
        const steps = stepsOf(of);
        const options = { files: new MemoryFiles(), segmentBytesMax: of.segmentBytesMax };
        const { journal } = await openJournal(folder, options);
        await copyAll(journal, steps);
        const end = journal.ends().get('notes:0') ?? 0n;
        await journal.close();
        const from = BigInt(Math.max(0, of.begin + skip - 10));
        await cutBack({ folder, nowMs, files: options.files }, 'notes:0', from);
        const { journal: again, reports } = await openJournal(folder, options);
        expect(reports).toEqual([]);
        const left = allOf(steps).filter(({ position }) => position.offset < from);
        await expectHolds(again, left);
        const goesOnAt = from < end ? from : end;
        expect(again.ends().get('notes:0')).toBe(goesOnAt);
        const next = copied({ offset: goesOnAt, leaderEpoch: 90 });
        await again.append(batchOf([next]));
        await expectHolds(again, [...left, next]);
      }),
      { numRuns: 40 },
    );
  });
});
