import { afterEach, describe, expect, it } from 'vitest';
import { type Fault, type FileStep, faultyFiles } from './faulty-files.js';
import { notesAt, offsetsOf, openJournal, segmentsOf } from './journal-kit.js';
import { cleanUp, copyAfterCrash, editFile, newFolder, unsyncedFiles } from './test-kit.js';

const full: Fault = { code: 'ENOSPC' };

/** A fault of one step on segment files, each time it is met. */
function onSegments(step: FileStep, fault: Fault) {
  return (met: FileStep, path: string): Fault | undefined =>
    met === step && path.endsWith('.seg') ? fault : undefined;
}

afterEach(cleanUp);

describe('a journal on a disk that fills up', () => {
  it.each<[string, (step: FileStep, path: string) => Fault | undefined]>([
    ['at the first byte', onSegments('write', full)],
    ['in the middle of a frame, again and again', inPieces()],
    ['when a segment is begun', (step, path) => (step === 'syncFolder' && path.endsWith('/0') ? full : undefined)],
  ])('%s takes nothing of the batch, and all of it once there is space', async (_, fault) => {
    const files = faultyFiles(unsyncedFiles);
    const folder = await newFolder();
    const { journal } = await openJournal(folder, { files, segmentBytesMax: 600 });
    await journal.append(notesAt([1, 2, 3, 7]));
    files.fault = fault;
    const batch = notesAt([8, 9, 20, 21, 22], 30);
    for (let i = 0; i < 3; i++) {
      await expect(journal.append(batch)).rejects.toMatchObject({ code: 'log_failed', retriable: true });
    }
    expect(await offsetsOf(journal)).toEqual([1, 2, 3, 7]);
    expect(journal.ends().get('notes:0')).toBe(8n);
    files.fault = () => undefined;
    await journal.append(batch);
    await journal.close();
    const again = await openJournal(folder);
    expect(again.reports).toEqual([]);
    expect(await offsetsOf(again.journal)).toEqual([1, 2, 3, 7, 8, 9, 20, 21, 22]);
  });

  it('does not take a shorter batch for what is left of a longer one, even if nothing could be taken back', async () => {
    const files = faultyFiles(unsyncedFiles);
    const folder = await newFolder();
    const { journal } = await openJournal(folder, { files });
    let writes = 0;
    files.fault = (step, path) => {
      if (!path.endsWith('.seg')) return undefined;
      if (step === 'truncate') return full;
      return step === 'write' ? (writes++ === 0 ? { bytesWritten: 400 } : full) : undefined;
    };
    await expect(journal.append(notesAt([0, 1, 2, 3, 4, 5]))).rejects.toMatchObject({ code: 'log_failed' });
    await expect(journal.append(notesAt([9]))).rejects.toMatchObject({ code: 'log_failed' });
    files.fault = () => undefined;
    await journal.append(notesAt([0]));
    const crashed = await openJournal(await copyAfterCrash(folder));
    expect(await offsetsOf(crashed.journal)).toEqual([0]);
  });

  it('writes nothing more after a sync that failed, and goes on reading', async () => {
    const files = faultyFiles();
    const { journal } = await openJournal(await newFolder(), { files });
    await journal.append(notesAt([0, 1]));
    files.fault = onSegments('dataSync', { code: 'EIO' });
    await expect(journal.sync()).rejects.toMatchObject({ code: 'log_failed', retriable: false });
    files.fault = () => undefined;
    await expect(journal.append(notesAt([2]))).rejects.toMatchObject({ code: 'log_failed', retriable: false });
    expect(await offsetsOf(journal)).toEqual([0, 1]);
  });
});

/** Every write stops after some bytes, and the next one fails. */
function inPieces() {
  let writes = 0;
  return (step: FileStep, path: string): Fault | undefined => {
    if (step !== 'write' || !path.endsWith('.seg')) return undefined;
    return writes++ % 2 === 0 ? { bytesWritten: 150 } : full;
  };
}

describe('a journal that was not synced', () => {
  it('syncs nothing for an append, and each partition once for a sync', async () => {
    const files = faultyFiles();
    const { journal } = await openJournal(await newFolder(), { files });
    await journal.append(notesAt([0]));
    const before = files.counts.dataSync;
    for (let offset = 1; offset < 50; offset++) await journal.append(notesAt([offset]));
    expect(files.counts.dataSync).toBe(before);
    await journal.sync();
    // The segment and the marks.
    expect(files.counts.dataSync).toBe(before + 2);
    await journal.sync();
    expect(files.counts.dataSync).toBe(before + 2);
  });

  it('is cut where pages of it never reached the disk, although later ones did', async () => {
    const folder = await newFolder();
    const { journal } = await openJournal(folder);
    await journal.append(notesAt([0, 1]));
    await journal.sync();
    await journal.append(notesAt([2, 5, 6, 7]));
    const crashed = await copyAfterCrash(folder);
    const [path = ''] = await segmentsOf(crashed);
    await editFile(path, (bytes) => bytes.fill(0, bytes.length - 250, bytes.length - 200));
    const { journal: again, reports } = await openJournal(crashed);
    expect(reports).toMatchObject([{ kind: 'tail_cut', partition: 'notes:0' }]);
    const kept = await offsetsOf(again);
    expect(kept).toEqual([0, 1, 2, 5, 6, 7].slice(0, kept.length));
    expect(kept.length).toBeGreaterThanOrEqual(2);
    expect(kept.length).toBeLessThan(6);
  });

  it('is refused where what had been synced cannot be read, and more follows', async () => {
    const folder = await newFolder();
    const { journal } = await openJournal(folder);
    await journal.append(notesAt([0, 1, 2, 5, 5_000_000, 5_000_001]));
    await journal.close();
    const [path = ''] = await segmentsOf(folder);
    await editFile(path, (bytes) => bytes.fill(0, bytes.length - 250, bytes.length - 200));
    await expect(openJournal(folder)).rejects.toMatchObject({ code: 'log_damaged' });
  });

  it('tells which synced records are not there any more, once', async () => {
    const folder = await newFolder();
    const { journal } = await openJournal(folder);
    await journal.append(notesAt([0, 1, 2, 5]));
    await journal.close();
    const [path = ''] = await segmentsOf(folder);
    await editFile(path, (bytes) => bytes.subarray(0, bytes.length - 20));
    const { journal: again, reports } = await openJournal(folder);
    expect(reports).toMatchObject([{ kind: 'tail_cut' }, { kind: 'tail_missing', from: 3n, to: 6n }]);
    await again.close();
    expect((await openJournal(folder)).reports).toEqual([]);
  });

  it('goes on after its last record when its marks make no sense', async () => {
    const folder = await newFolder();
    const { journal } = await openJournal(folder);
    await journal.append(notesAt([0, 1], 9));
    await journal.close();
    await editFile(`${folder}/marks.json`, (bytes) => bytes.subarray(3));
    const again = await openJournal(folder);
    expect(again.reports).toEqual([{ kind: 'marks_unreadable' }]);
    expect(again.journal.ends().get('notes:0')).toBe(2n);
  });
});
