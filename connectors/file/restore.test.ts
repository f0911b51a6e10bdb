import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { ArchiveStore, MemoryArchive } from '../memory/archive.js';
import { changingSteps, deadFrom, faultyFiles } from './faulty-files.js';
import { claimAndRestore } from './restore.js';
import { segmentName } from './segment-header.js';
import {
  copyAndShip,
  newOwner,
  type Owner,
  offsetsIn,
  openJournal,
  range,
  restore,
  topic,
} from './shipping.test-support.js';
import { cleanUp, copyAfterCrash, editFile, nowMs, unsyncedFiles } from './test-kit.js';

afterEach(cleanUp);

/** Records with gaps, as transactions leave them. */
const gappy = fc
  .array(fc.integer({ min: 1, max: 3 }), { minLength: 10, maxLength: 60 })
  .map((steps) => steps.map((_, i) => BigInt(steps.slice(0, i + 1).reduce((sum, step) => sum + step, 0))));

function restoring({ folder, store }: Owner) {
  const archive = new MemoryArchive(store);
  const options = { folder, id: 'cluster-1', topics: [topic], archive, clock: () => nowMs, onReport: () => undefined };
  return { archive, options: { ...options, files: unsyncedFiles } };
}

/** Bases of what the archive holds, in order. */
function bases(store: ArchiveStore): bigint[] {
  return [...store.segments.values()].map(({ name }) => name.baseOffset).sort((a, b) => (a < b ? -1 : 1));
}

describe('a restored journal', () => {
  it('reads the records that were shipped, in an empty folder', async () => {
    const owner = await newOwner();
    await copyAndShip(owner, range(5, 60));
    const other = await newOwner(owner.store);
    const reports = await restore(other);
    const read = await offsetsIn(other);
    expect(read.length).toBeGreaterThan(40);
    expect(read).toEqual(range(5, 5 + read.length));
    expect(reports.filter(({ kind }) => kind === 'restored')).toHaveLength(owner.store.segments.size);
    expect(await restore(other)).toEqual([]);
  });

  it('is of the owner that holds its folder: another one claims nothing, and that one ships on', async () => {
    const owner = await newOwner();
    const { archive, options } = restoring(owner);
    expect(await claimAndRestore(options)).toBe(1);
    const journal = await openJournal(owner);
    await expect(claimAndRestore(options)).rejects.toMatchObject({ code: 'log_locked' });
    expect(await archive.newestOwner('cluster-1')).toBe(1);
    await journal.close();
    expect(await claimAndRestore(options)).toBe(2);
  });

  it('is whole after any crash of the restoring, once it is made again', async () => {
    await fc.assert(
      fc.asyncProperty(gappy, fc.integer({ min: 1, max: 40 }), async (offsets, step) => {
        const owner = await newOwner();
        await copyAndShip(owner, offsets);
        const whole = await newOwner(owner.store);
        await restore(whole);
        const files = faultyFiles(unsyncedFiles);
        const crashed = await newOwner(owner.store, { files });
        await unsyncedFiles.makeFolder(crashed.folder);
        files.fault = deadFrom(step, (one, path) => changingSteps.has(one) && !/lock/.test(path)).fault;
        await restore(crashed).catch(() => undefined);
        const again = { ...crashed, folder: await copyAfterCrash(crashed.folder), files: unsyncedFiles };
        await restore(again);
        expect(await offsetsIn(again)).toEqual(await offsetsIn(whole));
      }),
      { numRuns: 15 },
    );
  }, 30_000);

  it('has each record once and none missing, however often owners with other segments take turns', async () => {
    const turn = fc.record({
      who: fc.nat(2),
      to: fc.integer({ min: 1, max: 60 }),
      segmentBytesMax: fc.integer({ min: 200, max: 1_500 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { minLength: 2, maxLength: 5 }), async (turns) => {
        const store = new ArchiveStore();
        const machines = await Promise.all([newOwner(store), newOwner(store), newOwner(store)]);
        for (const { who, to, segmentBytesMax } of turns) {
          const machine = machines[who];
          if (machine !== undefined) await copyAndShip({ ...machine, segmentBytesMax }, range(0, to));
        }
        const fresh = await newOwner(store);
        await restore(fresh);
        const read = await offsetsIn(fresh);
        expect(read).toEqual(range(0, read.length));
        for (const base of bases(store)) expect(Number(base)).toBeLessThanOrEqual(read.length);
      }),
      { numRuns: 10 },
    );
  }, 30_000);

  it('keeps what the folder has, and goes on behind it with what another owner shipped', async () => {
    const first = await newOwner();
    await copyAndShip(first, range(0, 33));
    const second = await newOwner(first.store, { segmentBytesMax: 1_000 });
    await copyAndShip(second, range(0, 90));
    await restore(first);
    const read = await offsetsIn(first);
    expect(read.length).toBeGreaterThan(50);
    expect(read).toEqual(range(0, read.length));
  });

  it('does not go on behind a folder with another history, and says where they part', async () => {
    const first = await newOwner();
    await copyAndShip(first, range(0, 60), 'old');
    const journal = await newOwner(first.store);
    await copyAndShip({ ...journal, store: new ArchiveStore() }, range(0, 4), 'new');
    const reports = await restore(journal);
    expect(reports).toContainEqual(
      expect.objectContaining({ kind: 'stopped', reason: expect.stringMatching(/offset 0 .*another history/) }),
    );
    expect(await offsetsIn(journal, 'new')).toEqual(range(0, 4));
  });

  it('ends before a damaged object, says so, and uses nothing behind it', async () => {
    const owner = await newOwner();
    await copyAndShip(owner, range(0, 60));
    const third = bases(owner.store)[2] ?? 0n;
    for (const [key, { name, content }] of owner.store.segments) {
      if (name.baseOffset === third)
        owner.store.segments.set(key, { name, content: content.map((byte, i) => (i === 200 ? byte ^ 1 : byte)) });
    }
    const other = await newOwner(owner.store);
    const reports = await restore(other);
    const unused = owner.store.segments.size - 3;
    expect(reports).toContainEqual(
      expect.objectContaining({ kind: 'stopped', partition: 'notes:0', at: third, unused }),
    );
    expect(await offsetsIn(other)).toEqual(range(0, Number(third)));
  });

  it('ends where the archive lacks a segment', async () => {
    const owner = await newOwner();
    await copyAndShip(owner, range(0, 60));
    const third = bases(owner.store)[2] ?? 0n;
    for (const [key, { name }] of owner.store.segments) if (name.baseOffset === third) owner.store.segments.delete(key);
    const other = await newOwner(owner.store);
    expect(await restore(other)).toContainEqual(expect.objectContaining({ kind: 'stopped', at: third }));
    expect(await offsetsIn(other)).toEqual(range(0, Number(third)));
  });

  it('gets back a segment that the folder lost in the middle', async () => {
    const owner = await newOwner();
    await copyAndShip(owner, range(0, 60));
    const second = bases(owner.store)[1] ?? 0n;
    await unsyncedFiles.remove(join(owner.folder, 'topics', 'notes', '0', segmentName(second)));
    await expect(openJournal(owner)).rejects.toMatchObject({ code: 'log_damaged' });
    await restore(owner);
    expect(await offsetsIn(owner)).toEqual(range(0, 60));
  });

  it('goes on behind a write that a crash cut short', async () => {
    const first = await newOwner();
    await copyAndShip(first, range(0, 12));
    const names = await unsyncedFiles.list(join(first.folder, 'topics', 'notes', '0'));
    const last =
      names
        .filter((name) => name.endsWith('.seg'))
        .sort()
        .at(-1) ?? '';
    await editFile(join(first.folder, 'topics', 'notes', '0', last), (bytes) => bytes.subarray(0, -5));
    await copyAndShip(await newOwner(first.store), range(0, 60));
    await restore(first);
    const read = await offsetsIn(first);
    expect(read.length).toBeGreaterThan(40);
    expect(read).toEqual(range(0, read.length));
  });
});
