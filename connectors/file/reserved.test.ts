import { readFile, stat, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { TidemarkError } from '../../src/errors.js';
import { faultyFiles } from './faulty-files.js';
import {
  cleanUp,
  copyAfterCrash,
  editFile,
  folderWith,
  lastSegment,
  newFolder,
  note,
  noteValues,
  openLog,
  segmentPaths,
  unsyncedFiles,
} from './test-kit.js';

const BYTES = 8_192;
const reserved = { areReserved: true, segmentBytesMax: BYTES, files: unsyncedFiles };
const SECTOR_BYTES = 512;

afterEach(cleanUp);

/** What a process that died has left of writes, each of several records, into room that was reserved. */
async function crashedAfter(...writes: readonly (readonly string[])[]): Promise<string> {
  const folder = await newFolder();
  const { log } = await openLog(folder, reserved);
  for (const values of writes) await log.append(values.map(note));
  return copyAfterCrash(folder);
}

async function opened(folder: string, options: Parameters<typeof openLog>[1] = reserved) {
  try {
    const { log, reports } = await openLog(folder, options);
    const values = await noteValues(log);
    await log.append([note('next')]);
    expect(await noteValues(log)).toEqual([...values, 'next']);
    await log.close();
    return { values, reports: reports.map(({ kind }) => kind) };
  } catch (error) {
    if (error instanceof TidemarkError) return error.code;
    throw error;
  }
}

/** Where the text stands in the file that is written to. */
async function placeOf(folder: string, text: string): Promise<number> {
  return (await readFile(await lastSegment(folder))).indexOf(text);
}

/** As if these sectors had never reached the disk. */
async function without(folder: string, sectors: readonly number[]): Promise<void> {
  await editFile(await lastSegment(folder), (bytes) => {
    for (const sector of sectors) bytes.fill(0, sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES);
    return bytes;
  });
}

const long = (name: string) => `${name}:${'x'.repeat(700)}`;

describe('a segment with room reserved', () => {
  it('has its size before it is written to, and what it holds once it is full or the log is closed', async () => {
    const folder = await newFolder();
    const { log } = await openLog(folder, reserved);
    expect((await stat(await lastSegment(folder))).size).toBe(BYTES);
    const values = Array.from({ length: 15 }, (_, n) => long(`value ${n}`));
    for (const value of values) await log.append([note(value)]);
    const [first = '', second = ''] = await segmentPaths(folder);
    expect((await stat(first)).size).toBeLessThan(BYTES);
    expect((await stat(second)).size).toBe(BYTES);
    await log.close();
    expect((await stat(second)).size).toBeLessThan(BYTES);
    expect(await opened(folder)).toEqual({ values, reports: [] });
  });

  it('is opened after a crash as it is: the room is no unfinished write', async () => {
    const folder = await crashedAfter(['one'], ['two', 'three']);
    expect((await stat(await lastSegment(folder))).size).toBe(BYTES);
    expect(await opened(folder)).toEqual({ values: ['one', 'two', 'three'], reports: [] });
  });

  it('is opened where a crash left the room of a full one, and of a log that reserves none', async () => {
    const values = Array.from({ length: 15 }, (_, n) => long(`value ${n}`));
    const folder = await crashedAfter(...values.map((value) => [value]));
    const [first = ''] = await segmentPaths(folder);
    await editFile(first, (bytes) => Buffer.concat([bytes, Buffer.alloc(300)]));
    const withoutRoom = await copyAfterCrash(folder);
    expect(await opened(folder)).toMatchObject({ values });
    const options = { segmentBytesMax: BYTES, files: unsyncedFiles };
    expect(await opened(withoutRoom, options)).toMatchObject({ values });
  });

  it('follows on what was written without room', async () => {
    const folder = await folderWith(['one', 'two'], { files: unsyncedFiles });
    expect(await opened(folder)).toEqual({ values: ['one', 'two'], reports: [] });
  });

  it('grows write by write when the disk has no room to reserve', async () => {
    const files = faultyFiles(unsyncedFiles);
    let writes = 0;
    // The first write of a segment is its header.
    files.fault = (step, path) =>
      step === 'write' && path.endsWith('.seg') && ++writes === 2 ? { code: 'ENOSPC' } : undefined;
    const folder = await newFolder();
    const { log } = await openLog(folder, { ...reserved, files });
    await log.append([note('one')]);
    expect(writes).toBeGreaterThan(2);
    expect((await stat(await lastSegment(folder))).size).toBeLessThan(BYTES);
    expect(await opened(await copyAfterCrash(folder))).toEqual({ values: ['one'], reports: [] });
  });
});

describe('a write into reserved room that a crash cut short', () => {
  it('costs what it wrote and nothing before it, whichever of its sectors are missing', async () => {
    const kept = ['first', 'second'];
    const last = ['a', 'b', 'c', 'd', 'e'].map(long);
    const folder = await crashedAfter(kept, last);
    const path = await lastSegment(folder);
    const whole = await readFile(path);
    const begin = Math.ceil((await placeOf(folder, 'second')) / SECTOR_BYTES);
    const sector = fc.integer({ min: begin, max: Math.floor((await placeOf(folder, 'e:')) / SECTOR_BYTES) });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(sector, { minLength: 1 }), async (missing) => {
        await writeFile(path, whole);
        await without(folder, missing);
        const found = await opened(await copyAfterCrash(folder));
        const count = typeof found === 'string' ? -1 : found.values.length;
        expect(found).toEqual({ values: [...kept, ...last].slice(0, count), reports: ['tail_cut'] });
        expect(count).toBeGreaterThanOrEqual(kept.length);
      }),
      { numRuns: 60 },
    );
  });

  it('is told from damage: what was written after it shows that it had been synced', async () => {
    const folder = await crashedAfter(['first'], ['a', 'b', 'c'].map(long), ['later']);
    const sector = Math.ceil((await placeOf(folder, 'a:')) / SECTOR_BYTES);
    await without(folder, [sector]);
    expect(await opened(folder)).toBe('log_damaged');
  });

  it('is cut wherever it ends', async () => {
    const folder = await crashedAfter(['first'], ['second']);
    const path = await lastSegment(folder);
    const whole = await readFile(path);
    const end = (await placeOf(folder, 'second')) + 'second'.length;
    for (let at = (await placeOf(folder, 'first')) + 'first'.length; at < end; at++) {
      await writeFile(path, Buffer.from(whole).fill(0, at));
      const found = await opened(await copyAfterCrash(folder));
      const isTorn = !whole.subarray((await placeOf(folder, 'first')) + 'first'.length, at).every((byte) => byte === 0);
      expect([at, found]).toEqual([at, { values: ['first'], reports: isTorn ? ['tail_cut'] : [] }]);
    }
  });
});
