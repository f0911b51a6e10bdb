/** Segments of the file log after a bad day: tails cut off, bits turned round, a disk that is full. In one process, byte by byte. */
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { changingSteps, type Fault, type FileStep, faultyFiles } from '../../connectors/file/faulty-files.js';
import type { FileSystemPort } from '../../connectors/file/files.js';
import type { FileLog } from '../../connectors/file/log.js';
import {
  cleanUp,
  copyAfterCrash,
  folderWith,
  lastSegment,
  newFolder,
  note,
  noteValues,
  nowMs,
  openLog,
  segmentPaths,
  sidecarPaths,
  unsyncedFiles,
} from '../../connectors/file/test-kit.js';
import { TidemarkError } from '../../src/errors.js';
import { size } from '../prove/settings.js';

const topics = [{ name: 'notes', partitions: 1, retention: { ageMs: null, bytes: 1_500 } }];

/** Values of many lengths, each of which tells its place. */
function textOf(i: number): string {
  return `${i}:${'x'.repeat((i * 37) % 150)}`;
}

function valuesTo(count: number): string[] {
  return Array.from({ length: count }, (_, i) => textOf(i));
}

/** Every value a folder yields, by the place it is found at, or the code of the first refusal. */
async function found(folder: string): Promise<{ values: string[]; refused?: string }> {
  let log: FileLog | undefined;
  const values: string[] = [];
  try {
    ({ log } = await openLog(folder, { topics, files: unsyncedFiles }));
    for await (const records of log.scan('notes', 0, 0n, 1_000_000n)) {
      values.push(...records.map(({ value }) => Buffer.from(value ?? []).toString()));
    }
    return { values };
  } catch (error) {
    if (error instanceof TidemarkError) return { values, refused: error.code };
    throw error;
  } finally {
    await log?.close();
  }
}

/** Generous: the machine may be busy with other tests. */
const timeoutMs = size(60_000, 1_800_000);

afterEach(cleanUp);

describe('power loss (P1): a last segment whose tail is gone', () => {
  it(
    'keeps every record before the cut and invents none, for any cut of 1 to 4,096 bytes',
    async () => {
      const folder = await folderWith(valuesTo(58), { topics, segmentBytesMax: 5_000, files: unsyncedFiles });
      const path = await lastSegment(folder);
      const whole = await readFile(path);
      const ends = frameEnds(whole);
      const first = 58 - ends.length;
      expect([whole.length > 4_096, first > 0]).toEqual([true, true]);
      const stride = size(37, 1);
      for (let cut = 1; cut <= 4_096; cut += stride) {
        const kept = whole.length - cut;
        await writeFile(path, whole.subarray(0, kept));
        const count = first + ends.filter((end) => end <= kept).length;
        expect([cut, await found(folder)]).toEqual([cut, { values: valuesTo(count) }]);
      }
    },
    timeoutMs,
  );
});

describe('bit rot (P3): one flipped bit', () => {
  it(
    'anywhere in segments and sidecars yields the right records or a refusal, and never another record',
    async () => {
      const folder = await folderWith(valuesTo(40), { topics, segmentBytesMax: 1_500, files: unsyncedFiles });
      const files = [...(await segmentPaths(folder)), ...(await sidecarPaths(folder))];
      const wholes = await Promise.all(files.map(async (path) => ({ path, bytes: await readFile(path) })));
      expect(files.length).toBeGreaterThan(5);
      const flip = fc.record({ file: fc.constantFrom(...wholes), at: fc.nat(), bit: fc.nat(7) });
      const outcomes = new Set<string>();
      const judged = fc.asyncProperty(flip, async ({ file: { path, bytes }, at, bit }) => {
        const flipped = Buffer.from(bytes);
        const place = at % bytes.length;
        flipped.writeUInt8(flipped.readUInt8(place) ^ (1 << bit), place);
        await writeFile(path, flipped);
        const { values, refused } = await found(folder);
        for (const one of wholes) await writeFile(one.path, one.bytes);
        expect(values).toEqual(valuesTo(values.length));
        if (path.endsWith('.idx')) expect([values.length, refused]).toEqual([40, undefined]);
        // The last record of all may be torn off: no reader can tell such a flip from a write that was cut short.
        else if (refused === undefined) expect(values.length).toBe(39);
        else expect(refused).toBe('log_damaged');
        outcomes.add(refused ?? String(values.length));
      });
      await fc.assert(judged, { numRuns: size(150, 6_000) });
      expect(outcomes).toContain('log_damaged');
    },
    timeoutMs,
  );
});

/** What a session was told: how many appends were acknowledged, and how many were tried at all. */
interface Session {
  acknowledged: number;
  tried: number;
}

/** Opens, appends in groups of three with rolls between them, lets old segments expire, closes. Stops at the first error. */
async function session(folder: string, files: FileSystemPort): Promise<Session> {
  const told = { acknowledged: 0, tried: 0 };
  let log: FileLog | undefined;
  try {
    ({ log } = await openLog(folder, { topics, files, segmentBytesMax: 900 }));
    while (told.tried < 30) {
      told.tried += 3;
      await log.append(valuesTo(told.tried).slice(-3).map(note));
      told.acknowledged = told.tried;
      if (told.tried === 21) await log.expire(new Map([['notes:0', 14n]]), nowMs);
    }
  } catch {
    // What was refused is what the test is about.
  } finally {
    await log?.close().catch(() => undefined);
  }
  return told;
}

/** Faults from the `nth` changing step on: one step, or all that follow, as a disk that stays full has it. */
function faultsFrom(nth: number, stays: boolean, fault: Fault) {
  let steps = 0;
  return {
    steps: () => steps,
    fault: (step: FileStep, path: string): Fault | undefined => {
      // The lock is no part of the log, and taking it over is tested beside it. A full disk still removes.
      if (!changingSteps.has(step) || step === 'remove' || /lock/.test(path)) return undefined;
      steps++;
      return steps === nth || (stays && steps > nth) ? fault : undefined;
    },
  };
}

describe('a full disk (P1)', () => {
  it.each<[string, boolean, Fault]>([
    ['for one step', false, { code: 'ENOSPC' }],
    ['from one step on', true, { code: 'ENOSPC' }],
    ['for one write, half done', false, { bytesWritten: 40 }],
    ['from one step on, with a device that fails', true, { code: 'EIO' }],
  ])(
    '%s, whichever it is, loses nothing that was acknowledged',
    async (_, stays, fault) => {
      const stride = size(3, 1);
      for (let nth = 1; ; nth += stride) {
        const folder = await newFolder();
        const files = faultyFiles(unsyncedFiles);
        const faults = faultsFrom(nth, stays, fault);
        files.fault = faults.fault;
        const told = await session(folder, files);
        files.fault = () => undefined;
        const left = await copyAfterCrash(folder);
        const { values, refused } = await found(left);
        const start = values.length === 0 ? 0 : Number(values[0]?.split(':')[0]);
        expect([nth, refused, start <= 15]).toEqual([nth, undefined, true]);
        expect(values).toEqual(valuesTo(start + values.length).slice(start));
        expect(start + values.length).toBeGreaterThanOrEqual(told.acknowledged);
        expect(start + values.length).toBeLessThanOrEqual(told.tried);
        if (faults.steps() < nth) break;
      }
    },
    timeoutMs,
  );

  it('that is a small one in truth: appends are refused, what was acknowledged is read, and room makes it go on', async (context) => {
    const folder = await newFolder();
    const disk = join(folder, 'disk');
    await mkdir(disk);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk], { encoding: 'utf8' });
    if (mounted.status !== 0) return context.skip(`needs a tmpfs that may be mounted: ${mounted.stderr || 'no mount'}`);
    try {
      const ballast = join(disk, 'ballast');
      await writeFile(ballast, Buffer.alloc(64 * 1_024));
      const acknowledged = await fillUp(join(disk, 'log'));
      expect(acknowledged).toBeGreaterThan(100);
      await rm(ballast);
      const { values } = await found(join(disk, 'log'));
      expect(values.length).toBeGreaterThanOrEqual(acknowledged);
      expect(values).toEqual(valuesTo(values.length));
    } finally {
      spawnSync('umount', [disk]);
    }
  });
});

/** Appends until the disk refuses; how many were acknowledged. */
async function fillUp(folder: string): Promise<number> {
  const { log } = await openLog(folder, { topics, segmentBytesMax: 20_000 });
  for (let count = 0; ; count++) {
    const refused = await log.append([note(textOf(count))]).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (refused === undefined) continue;
    expect(refused).toMatchObject({ code: 'log_failed' });
    expect(await noteValues(log)).toEqual(valuesTo(count));
    await log.close();
    return count;
  }
}

/** Where each frame of a segment ends. */
function frameEnds(segment: Buffer): number[] {
  const ends: number[] = [];
  for (let at = segment.readUInt16LE(10); at < segment.length; ) {
    at += 8 + segment.readUInt32LE(at);
    ends.push(at);
  }
  return ends;
}
