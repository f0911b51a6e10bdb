import { afterEach, describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.js';
import type { LogBatch } from '../../src/log/port.js';
import { faultyFiles } from './faulty-files.js';
import type { SealedSegment } from './journal.js';
import { batchOf, copied, notesAt, notesTopic, offsetsOf, openJournal, recordsOf } from './journal-kit.js';
import { cleanUp, folderWith, newFolder, nowMs, openLog, unsyncedFiles } from './test-kit.js';

afterEach(cleanUp);

describe('a journal', () => {
  it('keeps records with the offsets they came with, over gaps and a late beginning', async () => {
    const folder = await newFolder();
    const { journal } = await openJournal(folder);
    expect(journal.ends().get('notes:0')).toBe(0n);
    await journal.begin('notes:0', 5_000_000n);
    await journal.append(notesAt([5_000_000, 5_000_001, 5_000_007]));
    await journal.append(notesAt([5_000_020], 5_000_030));
    expect(journal.starts().get('notes:0')).toBe(5_000_000n);
    await journal.close();
    const { journal: again, reports } = await openJournal(folder);
    expect(reports).toEqual([]);
    expect(again.ends().get('notes:0')).toBe(5_000_030n);
    expect(again.lastOf('notes:0')).toEqual({ offset: 5_000_020n, leaderEpoch: 0 });
    await again.append(notesAt([5_000_030]));
    expect(await offsetsOf(again)).toEqual([5_000_000, 5_000_001, 5_000_007, 5_000_020, 5_000_030]);
  });

  it('begins where it is told to, once, whatever comes first', async () => {
    const folder = await newFolder();
    const { journal } = await openJournal(folder);
    await journal.begin('notes:0', 70n);
    await journal.begin('notes:0', 90n);
    await journal.append(notesAt([], 75));
    expect([journal.starts().get('notes:0'), journal.ends().get('notes:0')]).toEqual([70n, 75n]);
    expect(journal.lastOf('notes:0')).toBeUndefined();
    await journal.close();
    const { journal: again } = await openJournal(folder);
    expect([again.starts().get('notes:0'), again.ends().get('notes:0')]).toEqual([70n, 75n]);
    await again.append(notesAt([80]));
    const why = (await again.read('notes', 0, [69n, 72n, 80n, 81n])).map((one) => one.kind === 'missing' && one.why);
    expect(why).toEqual(['expired', 'compacted', false, 'beyond_end']);
  });

  it('refuses a batch that is not what comes next, and takes nothing of it', async () => {
    const { journal } = await openJournal(await newFolder());
    await journal.append(notesAt([3, 4], 10));
    for (const batch of [notesAt([9]), notesAt([], 9), notesAt([12, 11]), notesAt([12, 12]), notesAt([12], 12)]) {
      await expect(journal.append(batch)).rejects.toMatchObject({ code: 'request_invalid' });
    }
    const elsewhere: LogBatch = { ...notesAt([10]), partition: 1 };
    await expect(journal.append(elsewhere)).rejects.toMatchObject({ code: 'request_invalid' });
    expect(await offsetsOf(journal)).toEqual([3, 4]);
  });

  it('reads and scans over gaps between the blocks of a segment, and within them', async () => {
    const { journal } = await openJournal(await newFolder());
    const offsets = Array.from({ length: 400 }, (_, i) => i + 10 * Math.floor(i / limits.blockRecordsMax));
    for (let i = 0; i < 400; i += 100) await journal.append(notesAt(offsets.slice(i, i + 100)));
    for (let from = 0; from < 470; from += 3) {
      const left = offsets.filter((offset) => offset >= from);
      expect(await offsetsOf(journal, BigInt(from))).toEqual(left);
      const wanted = [from, from + 64, from + 300].map(BigInt);
      const found = (await journal.read('notes', 0, wanted)).map(({ kind }) => kind === 'found');
      expect(found).toEqual(wanted.map((offset) => offsets.includes(Number(offset))));
    }
  });

  it('takes batches that are not waited for in their order, as their bytes were when they were given', async () => {
    const { journal } = await openJournal(await newFolder());
    const value = Buffer.from('before');
    const appends = [0, 1, 2].map((offset) => journal.append(batchOf([{ ...copied({ offset }), value }])));
    value.fill(0);
    await Promise.all(appends);
    const records = await recordsOf(journal);
    expect(records.map((one) => Buffer.from(one.value ?? []).toString())).toEqual(['before', 'before', 'before']);
  });

  it('tells the first record of each leader epoch, before and after a start', async () => {
    const folder = await newFolder();
    const { journal } = await openJournal(folder);
    const epochs = [0, 0, 4, 4, 4, 7];
    for (const [i, leaderEpoch] of epochs.entries())
      await journal.append(batchOf([copied({ offset: 10 * i, leaderEpoch })]));
    const starts = [0, 20, 50].map((first, i) => ({ leaderEpoch: [0, 4, 7][i], first: BigInt(first) }));
    expect(journal.epochStarts('notes:0')).toEqual(starts);
    await journal.close();
    const { journal: again } = await openJournal(folder);
    expect(again.epochStarts('notes:0')).toEqual(starts);
    expect(again.lastOf('notes:0')).toEqual({ offset: 50n, leaderEpoch: 7 });
  });
});

describe('a subscription to a journal', () => {
  it('delivers what is copied, an end that moved without records, and begins at the start when asked for less', async () => {
    const { journal } = await openJournal(await newFolder());
    await journal.append(notesAt([40, 41]));
    const stop = new AbortController();
    const batches = journal.subscribe(['notes'], new Map([['notes:0', 3n]]), stop.signal)[Symbol.asyncIterator]();
    const next = async () => summary(await batches.next());
    expect(await next()).toEqual([[40, 41], 42]);
    await journal.append(notesAt([], 50));
    expect(await next()).toEqual([[], 50]);
    const waiting = next();
    await journal.append(notesAt([55], 56));
    expect(await waiting).toEqual([[55], 56]);
    stop.abort();
    expect((await batches.next()).done).toBe(true);
  });

  it('is told of a beginning in which nothing is yet, as of a gap', async () => {
    const { journal } = await openJournal(await newFolder());
    await journal.append(notesAt([], 3));
    const { journal: late } = await openJournal(await newFolder());
    await late.begin('notes:0', 70n);
    for (const [one, end] of [
      [journal, 3],
      [late, 70],
    ] as const) {
      const batches = one.subscribe(['notes'], new Map(), new AbortController().signal)[Symbol.asyncIterator]();
      expect(summary(await batches.next())).toEqual([[], end]);
      await one.close();
      expect((await batches.next()).done).toBe(true);
    }
  });

  it('waits for a beginning that lies further on, and ends when the journal closes', async () => {
    const { journal } = await openJournal(await newFolder());
    const batches = journal.subscribe(['notes'], new Map(), new AbortController().signal)[Symbol.asyncIterator]();
    const first = batches.next();
    await journal.append(notesAt([900], 905));
    expect(summary(await first)).toEqual([[900], 901]);
    expect(summary(await batches.next())).toEqual([[], 905]);
    const last = batches.next();
    await journal.close();
    expect((await last).done).toBe(true);
  });
});

function summary({ done, value }: IteratorResult<LogBatch>): unknown {
  if (done) return undefined;
  return [value.records.map(({ position }) => Number(position.offset)), Number(value.nextOffset)];
}

describe('the folder of a journal', () => {
  it('is refused for another log, for an embedded log, and to an embedded log', async () => {
    const folder = await newFolder();
    const { journal } = await openJournal(folder);
    await expect(openJournal(folder)).rejects.toMatchObject({ code: 'log_locked' });
    await journal.close();
    await expect(openJournal(folder, { id: 'cluster-2' })).rejects.toMatchObject({ code: 'config_invalid' });
    await expect(openLog(folder)).rejects.toMatchObject({ code: 'config_invalid' });
    await expect(openJournal(await folderWith(['v']))).rejects.toMatchObject({ code: 'config_invalid' });
    expect((await openJournal(folder)).journal.ownerEpoch).toBeGreaterThan(1);
  });

  it('is refused for a topic of another id or another number of partitions', async () => {
    const folder = await newFolder();
    await (await openJournal(folder)).journal.close();
    const changed = [
      { ...notesTopic, incarnation: { id: 'topic-id-2', ordinal: 2 } },
      { ...notesTopic, partitions: 2 },
    ];
    for (const topic of changed) {
      await expect(openJournal(folder, { topics: [topic] })).rejects.toMatchObject({ code: 'config_invalid' });
    }
    const other = { ...notesTopic, name: 'other', partitions: 3 };
    const { journal } = await openJournal(folder, { topics: [other] });
    expect(journal.topics().map(({ name, partitions }) => [name, partitions])).toEqual([
      ['notes', 1],
      ['other', 3],
    ]);
  });

  it('keeps no more files open than a bound, however many partitions there are', async () => {
    const files = faultyFiles(unsyncedFiles);
    const topics = [{ ...notesTopic, partitions: 200 }];
    const { journal } = await openJournal(await newFolder(), { files, topics });
    for (let partition = 0; partition < 200; partition++) await journal.append({ ...notesAt([1, 2]), partition });
    expect(files.openNow()).toBeLessThanOrEqual(limits.openSegmentsMax);
    await journal.sync();
    expect(await offsetsOf(journal)).toEqual([1, 2]);
  });
});

describe('segments of a journal', () => {
  const open = async (folder: string, rollAfterMs: number, clock: () => number) => {
    const sealed: SealedSegment[] = [];
    const options = { rollAfterMs, clock, onSealed: (segment: SealedSegment) => sealed.push(segment) };
    return { sealed, ...(await openJournal(folder, { files: unsyncedFiles, ...options })) };
  };

  it('are sealed when they have been open for long, by an append or when asked', async () => {
    const time = { nowMs };
    const { journal, sealed } = await open(await newFolder(), 1_000, () => time.nowMs);
    await journal.begin('notes:0', 3n);
    await journal.append(notesAt([3, 4]));
    await journal.sealAged();
    expect(sealed).toEqual([]);
    time.nowMs += 1_000;
    await journal.append(notesAt([9]));
    expect(sealed.map(({ baseOffset, end }) => [baseOffset, end])).toEqual([[3n, 5n]]);
    time.nowMs += 1_000;
    await journal.sealAged();
    await journal.sealAged();
    expect(sealed.map(({ baseOffset, end }) => [baseOffset, end])).toEqual([
      [3n, 5n],
      [5n, 10n],
    ]);
    expect(journal.sealed()).toEqual(sealed);
    expect(await offsetsOf(journal)).toEqual([3, 4, 9]);
  });

  it('of an earlier owner are written to no more', async () => {
    const folder = await newFolder();
    const first = await open(folder, 1_000, () => nowMs);
    await first.journal.append(notesAt([0]));
    await first.journal.close();
    const second = await open(folder, 1_000, () => nowMs);
    await second.journal.append(notesAt([1]));
    expect(second.sealed).toMatchObject([{ baseOffset: 0n, end: 1n, ownerEpoch: 1 }]);
    await second.journal.close();
    const third = await open(folder, 1_000, () => nowMs);
    await third.journal.sealAged();
    expect(third.journal.sealed()).toMatchObject([{ ownerEpoch: 1 }, { baseOffset: 1n, ownerEpoch: 2 }]);
    expect(third.journal.lastOf('notes:0')).toEqual({ offset: 1n, leaderEpoch: 0 });
  });

  it('expire as a whole, over gaps, and never with the last record', async () => {
    const topics = [{ ...notesTopic, retention: { ageMs: null, bytes: 1 } }];
    const folder = await newFolder();
    const { journal } = await openJournal(folder, { files: unsyncedFiles, topics, segmentBytesMax: 400 });
    for (let i = 0; i < 20; i++) await journal.append(notesAt([10 * i, 10 * i + 3]));
    const [range] = await journal.expire(new Map([['notes:0', 105n]]), nowMs);
    const start = journal.starts().get('notes:0') ?? 0n;
    expect(range).toEqual({ topic: 'notes', partition: 0, from: 0n, to: start });
    expect(Number(start)).toBeGreaterThan(50);
    expect(start <= 106n).toBe(true);
    expect((await journal.read('notes', 0, [start - 1n])).at(0)).toEqual({ kind: 'missing', why: 'expired' });
    await journal.close();
    const { journal: again } = await openJournal(folder, { files: unsyncedFiles, topics, rollAfterMs: 0 });
    await again.sealAged();
    await again.expire(new Map([['notes:0', 10_000n]]), nowMs);
    expect((await offsetsOf(again)).at(-1)).toBe(193);
    expect(again.lastOf('notes:0')).toEqual({ offset: 193n, leaderEpoch: 0 });
  });
});

describe('a journal that is closed', () => {
  it('takes nothing more', async () => {
    const { journal } = await openJournal(await newFolder());
    await journal.close();
    await expect(journal.append(notesAt([0]))).rejects.toMatchObject({ code: 'stopping' });
    await expect(journal.sealAged()).rejects.toMatchObject({ code: 'stopping' });
    await journal.close();
  });
});
