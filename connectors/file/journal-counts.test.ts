/** How many records a journal has held at or below an offset, whatever gaps it has and whatever of it has expired. */
import { afterEach, describe, expect, it } from 'vitest';
import { cutBack } from './journal-edit.js';
import { notesAt, notesTopic, openJournal } from './journal-kit.js';
import { cleanUp, newFolder, nowMs } from './test-kit.js';

afterEach(cleanUp);

/** Three offsets, then a gap of two: 300 records that begin at 7, in segments of some ten records. */
const offsets = Array.from({ length: 300 }, (_, i) => 7 + Math.floor(i / 3) * 5 + (i % 3));
const smallSegments = { segmentBytesMax: 700 };
const everything = { ...smallSegments, topics: [{ ...notesTopic, retention: { ageMs: null, bytes: 1 } }] };

type Counting = Awaited<ReturnType<typeof openJournal>>['journal'];

async function filled(): Promise<{ readonly folder: string; readonly journal: Counting }> {
  const folder = await newFolder();
  const { journal } = await openJournal(folder, everything);
  for (let i = 0; i < offsets.length; i += 10) await journal.append(notesAt(offsets.slice(i, i + 10)));
  return { folder, journal };
}

async function through(journal: Counting, offset: number): Promise<number> {
  return Number((await journal.recordsThrough(new Map([['notes:0', BigInt(offset)]]))).get('notes:0'));
}

async function expectAllCounts(journal: Counting, from = 0): Promise<void> {
  for (let offset = from; offset < 520; offset++) {
    const expected = offsets.filter((one) => one <= offset).length;
    expect([offset, await through(journal, offset)]).toEqual([offset, expected]);
  }
}

describe('the records through an offset', () => {
  it('are those at or below it, gaps left out, and none before the first', async () => {
    const { journal } = await filled();
    await expectAllCounts(journal);
    expect(await through(journal, -1)).toBe(0);
  });

  it('are the same after a restart, whether the segments are opened by their sidecars or gone through', async () => {
    const { folder, journal } = await filled();
    await journal.close();
    const { journal: again } = await openJournal(folder, everything);
    await expectAllCounts(again);
  });

  it('include what has expired, also after a restart', async () => {
    const { folder, journal } = await filled();
    await journal.expire(new Map([['notes:0', 400n]]), nowMs);
    const start = Number(journal.starts().get('notes:0'));
    expect(start).toBeGreaterThan(100);
    await expectAllCounts(journal, start - 1);
    await journal.close();
    const { journal: again } = await openJournal(folder, everything);
    expect(again.starts().get('notes:0')).toBe(BigInt(start));
    await expectAllCounts(again, start - 1);
  });

  it('lack what was cut off, and those that were not copied', async () => {
    const { folder, journal } = await filled();
    await journal.append({ topic: 'notes', partition: 0, records: [], nextOffset: 9_000n });
    expect(await through(journal, 8_999)).toBe(300);
    await journal.close();
    await cutBack({ folder, nowMs }, 'notes:0', 400n);
    const { journal: again } = await openJournal(folder, everything);
    expect(await through(again, 8_999)).toBe(offsets.filter((one) => one < 400).length);
    await cutBack({ folder: await closed(again, folder), nowMs }, 'notes:0', 3n);
    expect(await through((await openJournal(folder, everything)).journal, 8_999)).toBe(0);
  });
});

async function closed(journal: Counting, folder: string): Promise<string> {
  await journal.close();
  return folder;
}
