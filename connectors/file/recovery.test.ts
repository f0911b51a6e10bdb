import { copyFile, cp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { TidemarkError } from '../../src/errors.js';
import { FileLogReader } from './reader.js';
import {
  cleanUp,
  editFile,
  folderWith,
  lastSegment,
  newFolder,
  note,
  noteValues,
  openLog,
  segmentPaths,
} from './test-kit.js';

const small = { segmentBytesMax: 1_024 };
const values = Array.from({ length: 30 }, (_, i) => `value-${i}`);

/** What opening finds: the values and what was cut, or the code of the refusal. */
async function openResult(folder: string): Promise<{ values: string[]; bytesCut: number } | { refused: string }> {
  try {
    const { log, reports } = await openLog(folder);
    const [report] = reports;
    const found = await noteValues(log);
    await log.close();
    return { values: found, bytesCut: report?.kind === 'tail_cut' ? report.bytesCut : 0 };
  } catch (error) {
    if (error instanceof TidemarkError) return { refused: error.code };
    throw error;
  }
}

afterEach(cleanUp);

/** What a reader finds, or the code of its refusal. It checks as a writer does and, syncing nothing, is fast. */
async function readResult(folder: string): Promise<{ values: string[]; torn: number } | string> {
  try {
    const reader = await FileLogReader.open(folder);
    const found = await noteValues(reader);
    await reader.close();
    return { values: found, torn: reader.tornEnds.length };
  } catch (error) {
    if (error instanceof TidemarkError) return error.code;
    throw error;
  }
}

describe('reopening a folder', () => {
  it('finds every record and goes on with the next offset, over several segments', async () => {
    const folder = await folderWith(values, small);
    expect((await segmentPaths(folder)).length).toBeGreaterThan(2);
    const { log, reports } = await openLog(folder, small);
    expect([await noteValues(log), reports]).toEqual([values, []]);
    expect((await log.append([note('next')]))[0]?.offset).toBe(30n);
  });

  it('keeps the identity of the log and of its topics', async () => {
    const folder = await folderWith([]);
    const one = await openLog(folder);
    await one.log.close();
    const two = await openLog(folder, { topics: [{ name: 'later', partitions: 2 }] });
    expect(two.log.id).toBe(one.log.id);
    expect(two.log.topics()).toEqual([one.log.topics()[0], expect.objectContaining({ name: 'later', partitions: 2 })]);
  });

  it('refuses another number of partitions, because keys would move', async () => {
    const folder = await folderWith([]);
    const opening = openLog(folder, { topics: [{ name: 'notes', partitions: 2 }] });
    await expect(opening).rejects.toMatchObject({ code: 'config_invalid', facts: { partitions: 1, configured: 2 } });
    expect((await openLog(folder)).log.topics()).toHaveLength(1);
  });

  it('remembers commits, and reports a file of commits that makes no sense', async () => {
    const folder = await newFolder();
    const { log } = await openLog(folder);
    await Promise.all([1n, 2n, 3n].map((offset) => log.commit(new Map([['notes:0', offset]]))));
    await log.close();
    const again = await openLog(folder);
    expect(Object.fromEntries(await again.log.committed())).toEqual({ 'notes:0': 3n });
    await again.log.close();
    await writeFile(join(folder, 'committed.json'), '');
    const { log: empty, reports } = await openLog(folder);
    expect([(await empty.committed()).size, reports]).toEqual([0, [{ kind: 'committed_unreadable' }]]);
  });

  it('takes a commit from before the first offset for none', async () => {
    const folder = await newFolder();
    const { log } = await openLog(folder);
    await log.commit(new Map([['notes:0', 4n]]));
    await log.commit(new Map([['notes:0', -1n]]));
    await log.close();
    const again = await openLog(folder);
    expect([(await again.log.committed()).size, again.reports]).toEqual([0, []]);
  });

  it.each([['..'], ['lock'], ['a/b'], [''], ['notes']])('refuses the topic name "%s" beside notes', async (name) => {
    const topics = [
      { name: 'notes', partitions: 1 },
      { name, partitions: 1 },
    ];
    await expect(openLog(await newFolder(), { topics })).rejects.toMatchObject({ code: 'config_invalid' });
  });
});

describe('an unfinished write at the end', () => {
  it('is cut off and reported, whatever its length, and appending goes on there', async () => {
    const folder = await folderWith(['kept', 'torn']);
    const path = await lastSegment(folder);
    const whole = await readFile(path);
    const frame = (whole.length - (await headerBytes(folder))) / 2;
    for (let kept = 1; kept < frame; kept++) {
      await writeFile(path, whole.subarray(0, whole.length - frame + kept));
      const { log, reports } = await openLog(folder);
      expect(reports).toEqual([{ kind: 'tail_cut', partition: 'notes:0', bytesCut: kept, fromOffset: 1n }]);
      expect((await log.append([note('new')]))[0]?.offset).toBe(1n);
      expect(await noteValues(log)).toEqual(['kept', 'new']);
      await log.close();
    }
  });

  it('is cut off when it is zeros or noise, as a lost write leaves it', async () => {
    const folder = await folderWith(values);
    const path = await lastSegment(folder);
    const whole = await readFile(path);
    const noise = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      fc.nat(5_000).map((n) => Buffer.alloc(n + 1)),
    );
    await fc.assert(
      fc.asyncProperty(noise, async (tail) => {
        await writeFile(path, Buffer.concat([whole, tail]));
        expect(await openResult(folder)).toEqual({ values, bytesCut: tail.length });
        expect((await stat(path)).size).toBe(whole.length);
      }),
      { numRuns: 40 },
    );
  });

  it('is a whole segment when the crash came while it was made', async () => {
    const folder = await folderWith(values, small);
    const next = join(folder, 'notes', '0', '00000000000000000030.seg');
    for (const beginning of [Buffer.alloc(0), Buffer.from('TIDEM'), Buffer.alloc(50)]) {
      await writeFile(next, beginning);
      expect(await openResult(folder)).toEqual({ values, bytesCut: beginning.length });
    }
  });

  it('is passed over by a reader, which cuts nothing', async () => {
    const folder = await folderWith(values);
    const path = await lastSegment(folder);
    const { size } = await stat(path);
    await truncate(path, size - 1);
    const reader = await FileLogReader.open(folder);
    expect(await noteValues(reader)).toEqual(values.slice(0, -1));
    expect(reader.tornEnds).toMatchObject([{ path, fromOffset: 29n }]);
    await reader.close();
    expect((await stat(path)).size).toBe(size - 1);
  });
});

describe('damage', () => {
  it('of one byte anywhere in a log is refused or tears the last record off, and never yields another record', async () => {
    const kept = values.slice(0, 8);
    const folder = await folderWith(kept, { segmentBytesMax: 512 });
    const last = await lastSegment(folder);
    for (const path of await segmentPaths(folder)) {
      const whole = await readFile(path);
      for (let at = 0; at < whole.length; at++) {
        const flipped = Buffer.from(whole);
        flipped.writeUInt8(flipped.readUInt8(at) ^ 0x40, at);
        await writeFile(path, flipped);
        // Refused, or only the last record is missing: nothing else passes.
        if ((await readResult(folder)) === 'log_damaged') continue;
        expect([path, await readResult(folder)]).toEqual([last, { values: kept.slice(0, -1), torn: 1 }]);
      }
      await writeFile(path, whole);
    }
    expect(await readResult(folder)).toEqual({ values: kept, torn: 0 });
  }, 60_000);

  it('in the middle is refused with file, byte and offset, and nothing is cut', async () => {
    const folder = await folderWith(values);
    const path = await lastSegment(folder);
    const header = await headerBytes(folder);
    await editFile(path, (bytes) => Buffer.from(bytes.map((byte, i) => (i === header + 70 ? byte ^ 1 : byte))));
    const { size } = await stat(path);
    const error = await openLog(folder).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'log_damaged', facts: { file: path, byte: header, offset: '0' } });
    expect((await stat(path)).size).toBe(size);
    await expect(FileLogReader.open(folder)).rejects.toMatchObject({ code: 'log_damaged' });
  });

  it('is found when a segment is missing or one from another log strayed in', async () => {
    const folder = await folderWith(values, small);
    const other = await folderWith(values, small);
    const [first = '', second = ''] = await segmentPaths(folder);
    const copy = await newFolder();
    await cp(folder, copy, { recursive: true });
    await rm(second);
    expect(await openResult(folder)).toEqual({ refused: 'log_damaged' });
    await copyFile(first.replace(folder, other), first.replace(folder, copy));
    expect(await openResult(copy)).toEqual({ refused: 'log_damaged' });
  });

  it('is found when log.json is lost: records are never taken for a new topic', async () => {
    const folder = await folderWith(values);
    await rm(join(folder, 'log.json'));
    expect(await openResult(folder)).toEqual({ refused: 'log_damaged' });
    await writeFile(join(folder, 'log.json'), '{"format":2}');
    expect(await openResult(folder)).toEqual({ refused: 'log_damaged' });
  });

  it('that comes after opening is found by reads and scans', async () => {
    const folder = await folderWith(values);
    const { log } = await openLog(folder);
    const header = await headerBytes(folder);
    await editFile(await lastSegment(folder), (bytes) => {
      bytes.writeUInt8(bytes.readUInt8(header + 70) ^ 1, header + 70);
      return bytes;
    });
    const facts = { facts: { byte: header, offset: '0' } };
    await expect(log.read('notes', 0, [5n])).rejects.toMatchObject({ code: 'log_damaged', ...facts });
    await expect(noteValues(log)).rejects.toMatchObject({ code: 'log_damaged', ...facts });
  });
});

/** Bytes before the first frame. */
async function headerBytes(folder: string): Promise<number> {
  const [first = ''] = await segmentPaths(folder);
  return (await readFile(first)).readUInt16LE(10);
}
