import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.js';
import { changingSteps, deadFrom, faultyFiles } from './faulty-files.js';
import { type ClosedJournal, cutBack, readJournal, retire, setTopic } from './journal-edit.js';
import { batchOf, copied, notesAt, notesTopic, offsetsOf, openJournal } from './journal-kit.js';
import { cleanUp, copyAfterCrash, newFolder, nowMs, unsyncedFiles } from './test-kit.js';

afterEach(cleanUp);

/** A closed journal of `notes:0` with records at these offsets, in segments of a few. */
async function closedWith(offsets: readonly number[]): Promise<ClosedJournal> {
  const folder = await newFolder();
  const { journal } = await openJournal(folder, { files: unsyncedFiles, segmentBytesMax: 400 });
  await journal.begin('notes:0', BigInt(offsets[0] ?? 0));
  for (const offset of offsets) await journal.append(notesAt([offset]));
  await journal.close();
  return { folder, nowMs, files: unsyncedFiles };
}

const offsets = [10, 11, 15, 16, 20, 30, 31, 32, 40];

describe('a cut back', () => {
  it('at or past the end changes nothing, before the start begins the partition anew', async () => {
    const closed = await closedWith(offsets);
    await cutBack(closed, 'notes:0', 41n);
    const { journal } = await openJournal(closed.folder);
    expect(await offsetsOf(journal)).toEqual(offsets);
    await journal.close();
    await cutBack(closed, 'notes:0', 7n);
    const { journal: again } = await openJournal(closed.folder);
    expect([again.starts().get('notes:0'), again.ends().get('notes:0')]).toEqual([7n, 7n]);
    await again.append(notesAt([8]));
    expect(await offsetsOf(again)).toEqual([8]);
  });

  it('where a block of the segment begins, after a gap, leaves the end where it was cut', async () => {
    const first = Array.from({ length: limits.blockRecordsMax }, (_, i) => i);
    const closed = await closedWith([]);
    const { journal } = await openJournal(closed.folder);
    await journal.append(notesAt([...first, 70, 71]));
    await journal.close();
    await cutBack(closed, 'notes:0', 70n);
    const { journal: again } = await openJournal(closed.folder);
    expect(await offsetsOf(again)).toEqual(first);
    expect(again.ends().get('notes:0')).toBe(70n);
  });

  it('to 0 leaves a partition that begins at 0, whatever comes next', async () => {
    const closed = await closedWith(offsets);
    await cutBack(closed, 'notes:0', 0n);
    const { journal } = await openJournal(closed.folder);
    expect(journal.ends().get('notes:0')).toBe(0n);
    await journal.append(notesAt([100]));
    expect([journal.starts().get('notes:0'), journal.ends().get('notes:0')]).toEqual([0n, 101n]);
  });

  it('that a crash ends at any step leaves a journal without holes, and is finished by the next one', async () => {
    const closed = await closedWith(offsets);
    for (const from of [5n, 16n, 18n, 31n]) {
      const left = offsets.filter((offset) => offset < from);
      for (let step = 1, isOver = false; !isOver; step++) {
        const folder = await copyAfterCrash(closed.folder);
        const files = faultyFiles(unsyncedFiles);
        const dead = deadFrom(step, (met) => changingSteps.has(met));
        files.fault = dead.fault;
        await cutBack({ ...closed, folder, files }, 'notes:0', from).catch(() => undefined);
        isOver = dead.steps < step;
        const crashed = await copyAfterCrash(folder);
        const { journal } = await openJournal(crashed, { files: unsyncedFiles });
        const found = await offsetsOf(journal);
        expect([left, found]).toEqual([left, offsets.slice(0, found.length)]);
        await journal.close();
        await cutBack({ ...closed, folder: crashed }, 'notes:0', from);
        expect(await offsetsOf((await openJournal(crashed)).journal)).toEqual(left);
      }
    }
  }, 30_000);

  it('of what is not there is refused', async () => {
    const closed = await closedWith([0]);
    await expect(cutBack(closed, 'notes:1', 0n)).rejects.toMatchObject({ code: 'request_invalid' });
    await expect(cutBack({ ...closed, folder: await newFolder() }, 'notes:0', 0n)).rejects.toMatchObject({
      code: 'config_invalid',
    });
    const { journal } = await openJournal(closed.folder);
    await expect(cutBack(closed, 'notes:0', 0n)).rejects.toMatchObject({ code: 'log_locked' });
    await journal.close();
  });
});

describe('a topic that was made again', () => {
  const again = { name: 'notes', incarnationId: 'topic-id-2', partitions: 2 };

  it('is put aside with all it has, and its name begins with the next ordinal', async () => {
    const closed = await closedWith(offsets);
    await retire(closed, 'notes');
    expect(await readdir(join(closed.folder, 'retired', 'notes-1', '0'))).toContain('00000000000000000010.seg');
    const topic = await setTopic(closed, again);
    expect(topic).toEqual({ name: 'notes', incarnation: { id: 'topic-id-2', ordinal: 2 }, partitions: 2 });
    const { journal } = await openJournal(closed.folder, { topics: [{ ...notesTopic, ...topic }] });
    expect([...journal.ends()]).toEqual([
      ['notes:0', 0n],
      ['notes:1', 0n],
    ]);
    await expect(journal.append(notesAt([3]))).rejects.toMatchObject({ code: 'request_invalid' });
    await journal.append(batchOf([copied({ offset: 3, incarnation: topic.incarnation })]));
    expect(await offsetsOf(journal)).toEqual([3]);
  });

  it('is refused while the one before it is there, and in its old number', async () => {
    const closed = await closedWith(offsets);
    await expect(setTopic(closed, again)).rejects.toMatchObject({ code: 'config_invalid' });
    await retire(closed, 'notes');
    await expect(retire(closed, 'notes')).rejects.toMatchObject({ code: 'request_invalid' });
    await expect(openJournal(closed.folder)).rejects.toMatchObject({ code: 'config_invalid' });
  });

  it('is put aside as a whole or not at all, at whatever step a crash comes', async () => {
    const closed = await closedWith(offsets);
    for (let step = 1, isOver = false; !isOver; step++) {
      const folder = await copyAfterCrash(closed.folder);
      const files = faultyFiles(unsyncedFiles);
      const dead = deadFrom(step, (met) => changingSteps.has(met));
      files.fault = dead.fault;
      await retire({ ...closed, folder, files }, 'notes').catch(() => undefined);
      isOver = dead.steps < step;
      const crashed = { ...closed, folder: await copyAfterCrash(folder) };
      const isThere = (await readJournal(crashed.folder))?.topics.length === 1;
      if (isThere) {
        const { journal } = await openJournal(crashed.folder, { files: unsyncedFiles });
        expect(await offsetsOf(journal)).toEqual(offsets);
        continue;
      }
      await setTopic(crashed, again);
      expect(await readdir(join(crashed.folder, 'retired', 'notes-1', '0'))).toContain('00000000000000000010.seg');
    }
  }, 30_000);
});

describe('a topic that has grown', () => {
  it('gets its new partitions, empty, and keeps what it has', async () => {
    const closed = await closedWith(offsets);
    const grown = { name: 'notes', incarnationId: 'topic-id-1', partitions: 3 };
    const topic = await setTopic(closed, grown);
    expect(topic.incarnation.ordinal).toBe(1);
    await expect(setTopic(closed, { ...grown, partitions: 2 })).rejects.toMatchObject({ code: 'config_invalid' });
    const { journal } = await openJournal(closed.folder, { topics: [{ ...notesTopic, ...topic }] });
    expect(await offsetsOf(journal)).toEqual(offsets);
    expect([...journal.ends().values()]).toEqual([41n, 0n, 0n]);
  });
});
