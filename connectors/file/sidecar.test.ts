import { copyFile, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { type Fault, type FileStep, faultyFiles } from './faulty-files.js';
import { type FileSystemPort, nodeFiles } from './files.js';
import { FileLogReader } from './reader.js';
import { parseSidecar } from './sidecar-format.js';
import {
  cleanUp,
  editFile,
  folderWith,
  newFolder,
  note,
  noteValues,
  openLog,
  segmentPaths,
  sidecarPaths,
  unsyncedFiles,
} from './test-kit.js';

const small = { segmentBytesMax: 1_024, files: unsyncedFiles };
const values = Array.from({ length: 40 }, (_, i) => `value-${i}`);

afterEach(cleanUp);

/** One segment of three blocks, sealed, and one after it. */
async function folderOfBlocks(): Promise<string> {
  const folder = await newFolder();
  const { log } = await openLog(folder, { segmentBytesMax: 20_000 });
  await log.append(Array.from({ length: 150 }, (_, i) => note(`block-value-${i}`)));
  await log.append(Array.from({ length: 150 }, (_, i) => note(`block-value-${150 + i}`)));
  await log.close();
  return folder;
}

/** Bytes read per file. */
function countingFiles(): { files: FileSystemPort; bytesRead: Map<string, number> } {
  const bytesRead = new Map<string, number>();
  const open: FileSystemPort['open'] = async (path, mode) => {
    const file = await nodeFiles.open(path, mode);
    const read = async (into: Buffer, place: number): Promise<number> => {
      const count = await file.read(into, place);
      bytesRead.set(path, (bytesRead.get(path) ?? 0) + count);
      return count;
    };
    return { ...file, read };
  };
  return { files: { ...nodeFiles, open }, bytesRead };
}

describe('the sidecar of a sealed segment', () => {
  it('is there for every segment but the last', async () => {
    const folder = await folderWith(values, small);
    const sealed = (await segmentPaths(folder)).slice(0, -1).map((path) => path.replace(/seg$/, 'idx'));
    expect(sealed.length).toBeGreaterThan(2);
    expect(await sidecarPaths(folder)).toEqual(sealed);
  });

  it('lets a log open without going through the segment: its header and its last block are read, and nothing else', async () => {
    const folder = await folderOfBlocks();
    const { files, bytesRead } = countingFiles();
    const [sealed = '', last = ''] = await segmentPaths(folder);
    const { log, reports } = await openLog(folder, { files });
    const { length } = await readFile(sealed);
    expect(bytesRead.get(sealed)).toBeLessThan(length / 3);
    expect(bytesRead.get(last)).toBe((await readFile(last)).length);
    expect(reports).toEqual([]);
    expect(await noteValues(log)).toEqual(Array.from({ length: 300 }, (_, i) => `block-value-${i}`));
  });

  it('leads to the same index as the segment itself, block by block', async () => {
    const folder = await folderOfBlocks();
    const readings = [];
    for (const spoil of [false, true]) {
      if (spoil) for (const path of await sidecarPaths(folder)) await rm(path);
      const { log } = await openLog(folder);
      readings.push(await log.read('notes', 0, [0n, 63n, 64n, 127n, 128n, 149n, 150n, 299n]));
      await log.close();
    }
    expect(readings[0]?.every(({ kind }) => kind === 'found')).toBe(true);
    expect(readings[0]).toEqual(readings[1]);
  });
});

describe('a sidecar that is not that of its segment', () => {
  const spoilers: readonly (readonly [string, (path: string, second: string) => Promise<void>])[] = [
    ['empty', (path) => writeFile(path, '')],
    ['cut short', (path) => editFile(path, (bytes) => bytes.subarray(0, -5))],
    ['too long', (path) => editFile(path, (bytes) => Buffer.concat([bytes, Buffer.alloc(12)]))],
    ['far too long', (path) => writeFile(path, Buffer.alloc(2_000_000))],
    ['noise', (path) => writeFile(path, 'this is no sidecar, whatever its name says, and long enough to be one')],
    ['of another version', (path) => editFile(path, (bytes) => resealed(bytes, 0))],
    ['of a later version', (path) => editFile(path, (bytes) => resealed(bytes, 3))],
    ['that of its neighbour', (path, second) => copyFile(second, path)],
    ['that of another log', async (path) => copyFile(path.replace(/.*\/notes/, `${await otherLog()}/notes`), path)],
  ];
  const otherLog = (): Promise<string> => folderWith(values, small);

  it.each(spoilers)('is reported and written again when it is %s', async (_, spoil) => {
    const folder = await folderWith(values, small);
    const [path = '', second = ''] = await sidecarPaths(folder);
    const whole = await readFile(path);
    await spoil(path, second);
    const { log, reports } = await openLog(folder);
    expect(reports).toEqual([{ kind: 'sidecar_rebuilt', path, why: expect.any(String) }]);
    expect(await noteValues(log)).toEqual(values);
    expect((await readFile(path)).equals(whole)).toBe(true);
  });

  it('is written in silence when it is missing', async () => {
    const folder = await folderWith(values, small);
    const paths = await sidecarPaths(folder);
    const whole = await Promise.all(paths.map((path) => readFile(path)));
    for (const path of paths) await rm(path);
    const { log, reports } = await openLog(folder);
    expect([reports, await noteValues(log)]).toEqual([[], values]);
    expect(await Promise.all(paths.map((path) => readFile(path)))).toEqual(whole);
  });

  it('is not used when one byte of it, any one, is another', async () => {
    const folder = await folderOfBlocks();
    const [path = ''] = await sidecarPaths(folder);
    const whole = await readFile(path);
    const header = await firstHeader(folder);
    expect(parseSidecar(whole, header).kind).toBe('parsed');
    for (let at = 0; at < whole.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = Buffer.from(whole);
        flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << bit), at);
        expect([at, bit, parseSidecar(flipped, header).kind]).toEqual([at, bit, 'unusable']);
      }
    }
  });

  it('cannot be read nor replaced: the segment is gone through, and the log opens', async () => {
    const folder = await folderWith(values, small);
    const [path = ''] = await sidecarPaths(folder);
    await rm(path);
    await mkdir(path);
    const { log, reports } = await openLog(folder);
    expect(reports).toMatchObject([{ kind: 'sidecar_rebuilt', why: 'it cannot be read' }]);
    expect(await noteValues(log)).toEqual(values);
  });

  it('is of the time before the segment was exchanged for one of the same size', async () => {
    const folder = await folderWith(values.slice(0, 5));
    const fork = await newFolder();
    await cp(folder, fork, { recursive: true });
    const tail = (word: string): string[] => Array.from({ length: 10 }, (_, i) => `${word}-${i}`);
    for (const [place, word] of [
      [folder, 'here'],
      [fork, 'fork'],
    ] as const) {
      const { log } = await openLog(place, small);
      for (const value of tail(word)) await log.append([note(value)]);
      await log.close();
    }
    for (const path of await segmentPaths(folder)) await copyFile(path.replace(folder, fork), path);
    const { log, reports } = await openLog(folder);
    expect(reports.map(({ kind }) => kind)).toContain('sidecar_rebuilt');
    expect(await noteValues(log)).toEqual([...values.slice(0, 5), ...tail('fork')]);
  });

  it('is of a segment that has grown since: what came after it is there', async () => {
    const folder = await folderWith(values.slice(0, 25), small);
    await editFile((await segmentPaths(folder)).at(-1) ?? '', () => Buffer.from('TIDEM'));
    const files = faultyFiles(unsyncedFiles);
    files.fault = (met, path) => (met === 'write' && /\.idx/.test(path) ? { code: 'ENOSPC' } : undefined);
    const { log: grown } = await openLog(folder, { segmentBytesMax: 1_500, files });
    const before = await noteValues(grown);
    for (const value of values) await grown.append([note(value)]);
    await grown.close();
    const opening = openLog(folder);
    const rebuilt = { kind: 'sidecar_rebuilt', why: expect.stringContaining('should have') };
    await expect(opening).resolves.toMatchObject({ reports: [rebuilt] });
    expect(await noteValues((await opening).log)).toEqual([...before, ...values]);
  });

  it('is of a segment that was written to again, after the one behind it was lost in the making', async () => {
    const folder = await folderWith(values.slice(0, 25), small);
    expect((await sidecarPaths(folder)).length).toBeGreaterThan(1);
    await editFile((await segmentPaths(folder)).at(-1) ?? '', () => Buffer.from('TIDEM'));
    const kept = (await openLog(folder, small)).log;
    const before = await noteValues(kept);
    for (const value of values) await kept.append([note(value)]);
    await kept.close();
    expect(await noteValues((await openLog(folder)).log)).toEqual([...before, ...values]);
  });
});

describe('damage in the middle of a sealed segment', () => {
  const damage = async (folder: string): Promise<void> => {
    const [sealed = ''] = await segmentPaths(folder);
    await editFile(sealed, (bytes) => {
      const at = bytes.indexOf('block-value-70');
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
      return bytes;
    });
  };

  it('is refused by the first read of its block, while every other block is read', async () => {
    const folder = await folderOfBlocks();
    await damage(folder);
    const { log } = await openLog(folder);
    const facts = { offset: '70' };
    await expect(log.read('notes', 0, [64n])).rejects.toMatchObject({ code: 'log_damaged', facts });
    await expect(noteValues(log)).rejects.toMatchObject({ code: 'log_damaged', facts });
    const others = await log.read('notes', 0, [0n, 63n, 128n, 299n]);
    expect(others.every(({ kind }) => kind === 'found')).toBe(true);
  });

  it('is refused at once without the sidecar, and by a reader, which trusts none', async () => {
    const folder = await folderOfBlocks();
    await damage(folder);
    await expect(FileLogReader.open(folder)).rejects.toMatchObject({ code: 'log_damaged', facts: { offset: '70' } });
    for (const path of await sidecarPaths(folder)) await rm(path);
    await expect(openLog(folder)).rejects.toMatchObject({ code: 'log_damaged', facts: { offset: '70' } });
  });

  it('is refused at once when that segment is the last again, for it is written to', async () => {
    const folder = await folderOfBlocks();
    await damage(folder);
    await editFile((await segmentPaths(folder))[1] ?? '', () => Buffer.from('TIDEM'));
    await expect(openLog(folder)).rejects.toMatchObject({ code: 'log_damaged', facts: { offset: '70' } });
  });
});

describe('a disk that refuses a sidecar', () => {
  it.each<[FileStep, Fault]>([
    ['open', { code: 'ENOSPC' }],
    ['write', { code: 'ENOSPC' }],
    ['write', { bytesWritten: 0 }],
    ['dataSync', { code: 'EIO' }],
    ['rename', { code: 'ENOSPC' }],
  ])('at %s with %o harms no append, and the next start goes through the segment', async (step, fault) => {
    const files = faultyFiles();
    files.fault = (met, path) => (met === step && /\.idx/.test(path) ? fault : undefined);
    const folder = await folderWith(values, { ...small, files });
    expect(await sidecarPaths(folder)).toEqual([]);
    const { log } = await openLog(folder, { files });
    expect(await noteValues(log)).toEqual(values);
    expect(await sidecarPaths(folder)).toEqual([]);
  });
});

async function firstHeader(folder: string): Promise<Buffer> {
  const [first = ''] = await segmentPaths(folder);
  const bytes = await readFile(first);
  return bytes.subarray(0, bytes.readUInt16LE(10));
}

/** The sidecar with another version and a checksum that fits. */
function resealed(bytes: Buffer, version: number): Buffer {
  bytes.writeUInt16LE(version, 8);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
  return bytes;
}
