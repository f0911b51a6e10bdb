import { existsSync } from 'node:fs';
import { appendFile, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.js';
import type { EmbedderIdentity } from '../../src/retrieval/embedder.js';
import { recorded, recordedModel, vectorRecordContract } from '../../src/retrieval/vector-record.contract.js';
import { faultyFiles } from './faulty-files.js';
import { atEnd, cleanUp, newFolder, nowMs } from './test-kit.js';
import { FileVectorRecord, folderOf, type VectorRecordOptions, type VectorRecordReport } from './vector-record.js';

afterEach(cleanUp);

async function open(folder: string, options: Partial<VectorRecordOptions> = {}): Promise<FileVectorRecord> {
  const record = await FileVectorRecord.open({ folder, embedder: recordedModel, ...options }, nowMs);
  atEnd(() => record.close());
  return record;
}

async function written(folder: string, count: number): Promise<void> {
  const record = await open(folder);
  for (let n = 0; n < count; n++) await record.write([recorded(n)]);
  await record.close();
}

const fileOf = (folder: string, embedder: EmbedderIdentity = recordedModel) =>
  join(folderOf({ folder, embedder }), 'vectors');
const keys = (count: number) => Array.from({ length: count }, (_, n) => recorded(n));

vectorRecordContract('file', async (embedder) => open(await newFolder(), { embedder }));

describe('the record of vectors in a folder', () => {
  it('finds after a restart all that was written before it', async () => {
    const folder = await newFolder();
    await written(folder, 300);
    expect(await (await open(folder)).read(keys(300))).toEqual(keys(300).map(({ vector }) => vector));
  });

  it('cuts off a torn end, whatever is left of the last vector, and goes on behind the others', async () => {
    const folder = await newFolder();
    await written(folder, 3);
    const { size } = await stat(fileOf(folder));
    await truncate(fileOf(folder), size - 7);
    const record = await open(folder);
    expect(await record.read(keys(3))).toEqual([recorded(0).vector, recorded(1).vector, undefined]);
    await record.write([recorded(2), recorded(3)]);
    await record.close();
    expect(await (await open(folder)).read(keys(4))).toEqual(keys(4).map(({ vector }) => vector));
  });

  it('gives the vector that was written or none, whichever bit of the frames is flipped', async () => {
    const folder = await newFolder();
    await written(folder, 4);
    const whole = await readFile(fileOf(folder));
    const frames = 4 * (37 + 16);
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: frames * 8 - 1 }), async (bit) => {
        const bytes = Buffer.from(whole);
        const at = whole.length - frames + (bit >> 3);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7));
        await writeFile(fileOf(folder), bytes);
        const record = await open(folder);
        const vectors = await record.read(keys(4));
        await record.close();
        const damaged = Math.floor((bit >> 3) / (37 + 16));
        expect(vectors).toEqual(keys(4).map(({ vector }, n) => (n === damaged ? undefined : vector)));
      }),
      { numRuns: 60 },
    );
  });

  it('writes a damaged vector again', async () => {
    const folder = await newFolder();
    await written(folder, 1);
    const bytes = await readFile(fileOf(folder));
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    await writeFile(fileOf(folder), bytes);
    const record = await open(folder);
    expect(await record.read(keys(1))).toEqual([undefined]);
    await record.write(keys(1));
    expect(await record.read(keys(1))).toEqual([recorded(0).vector]);
  });

  it('keeps each model in a place of its own', async () => {
    const folder = await newFolder();
    await written(folder, 1);
    for (const other of [{ id: 'model-b' }, { revision: '2' }, { dimensions: 8 }]) {
      const record = await open(folder, { embedder: { ...recordedModel, ...other } });
      expect(await record.read(keys(1))).toEqual([undefined]);
    }
  });

  it('refuses the file of another model that was put in its place', async () => {
    const folder = await newFolder();
    const other = { ...recordedModel, id: 'model-b' };
    await written(folder, 1);
    await (await open(folder, { embedder: other })).close();
    await writeFile(fileOf(folder, other), await readFile(fileOf(folder)));
    await expect(open(folder, { embedder: other })).rejects.toMatchObject({ code: 'config_invalid' });
    expect(existsSync(join(folderOf({ folder, embedder: other }), 'lock'))).toBe(false);
  });

  it.each([
    ['magic', 0],
    ['version', 8],
    ['length', 12],
    ['identity', 20],
  ])('refuses a header with a damaged %s', async (_, at) => {
    const folder = await newFolder();
    await written(folder, 1);
    const bytes = await readFile(fileOf(folder));
    bytes[at] = (bytes[at] ?? 0) ^ 0x40;
    await writeFile(fileOf(folder), bytes);
    await expect(open(folder)).rejects.toMatchObject({ code: 'log_damaged' });
  });

  it('lets one process write, and shows onlookers what it writes', async () => {
    const folder = await newFolder();
    const onlooker = await FileVectorRecord.look({ folder, embedder: recordedModel });
    atEnd(() => onlooker.close());
    expect(await onlooker.read(keys(1))).toEqual([undefined]);
    const record = await open(folder);
    await expect(open(folder)).rejects.toMatchObject({ code: 'log_locked' });
    await onlooker.write(keys(2));
    await record.write(keys(1));
    expect(await onlooker.read(keys(2))).toEqual([recorded(0).vector, undefined]);
    await appendFile(fileOf(folder), Buffer.alloc(20));
    expect(await onlooker.read(keys(2))).toEqual([recorded(0).vector, undefined]);
  });

  it('keeps no more than its bound', async () => {
    const folder = await newFolder();
    const record = await open(folder, { entriesMax: 2 });
    await record.write(keys(3));
    await record.write([recorded(7)]);
    expect(record.size).toBe(2);
    expect(await record.read(keys(3))).toEqual([recorded(0).vector, recorded(1).vector, undefined]);
  });

  it('keeps no more questions than their share, and tells once that there is no room, of each role', async () => {
    const told: VectorRecordReport[] = [];
    const tell = (report: VectorRecordReport) => told.push(report);
    const record = await open(await newFolder(), { entriesMax: 4, questionsMax: 2, tell });
    for (let n = 0; n < 5; n++) await record.write([recorded(n, 'question')]);
    expect(record.held).toEqual({ question: 2, passage: 0 });
    for (let n = 0; n < 4; n++) await record.write([recorded(n)]);
    expect(record.held).toEqual({ question: 2, passage: 2 });
    expect(told).toMatchObject([
      { kind: 'full', role: 'question', entries: 2 },
      { kind: 'full', role: 'passage', entries: 2 },
    ]);
  });

  it('knows after a restart how many of its vectors are of questions', async () => {
    const folder = await newFolder();
    const record = await open(folder, { questionsMax: 2 });
    await record.write([recorded(0, 'question'), recorded(1), recorded(1, 'question')]);
    await record.close();
    const again = await open(folder, { questionsMax: 2 });
    await again.write([recorded(2, 'question')]);
    expect(again.held).toEqual({ question: 2, passage: 1 });
  });

  it('is kept by whoever came second once the first has gone, who says both', async () => {
    const folder = await newFolder();
    const told: string[] = [];
    let atMs = 0;
    const first = await open(folder);
    const joining = { folder, embedder: recordedModel, tell: ({ kind }: VectorRecordReport) => told.push(kind) };
    const second = await FileVectorRecord.join(joining, () => atMs);
    atEnd(() => second.close());
    await first.write([recorded(0)]);
    await second.write([recorded(1)]);
    expect(await second.read(keys(2))).toEqual([recorded(0).vector, undefined]);
    await first.write([recorded(2)]);
    await first.close();
    atMs += limits.vectorLockRetryMs;
    await second.write([recorded(1)]);
    expect(told).toEqual(['looks_on', 'writes']);
    await second.close();
    expect(await (await open(folder)).read(keys(3))).toEqual(keys(3).map(({ vector }) => vector));
  });

  it('leaves the file to its writer while there is one, however often a second one tries', async () => {
    const folder = await newFolder();
    let atMs = 0;
    const first = await open(folder);
    const second = await FileVectorRecord.join({ folder, embedder: recordedModel }, () => atMs);
    atEnd(() => second.close());
    for (let n = 0; n < 3; n++) {
      atMs += limits.vectorLockRetryMs;
      await second.write([recorded(n)]);
      await first.write([recorded(n + 10)]);
    }
    expect([first.held.passage, await second.read(keys(1))]).toEqual([3, [undefined]]);
  });

  it('says that the disk refused, and writes all of it later over what is left of the try', async () => {
    const folder = await newFolder();
    const files = faultyFiles();
    const record = await open(folder, { files });
    files.fault = (step) =>
      step === 'write' && files.counts.write % 2 === 0 ? { code: 'ENOSPC' } : { bytesWritten: 9 };
    await expect(record.write(keys(2))).rejects.toMatchObject({ code: 'log_failed', retriable: true });
    files.fault = () => undefined;
    await record.write([recorded(5)]);
    await record.close();
    expect(await (await open(folder)).read([recorded(0), recorded(5)])).toEqual([undefined, recorded(5).vector]);
  });
});
