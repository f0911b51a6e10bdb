import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { TidemarkError } from '../../src/errors.js';
import { changingSteps, deadFrom, type FaultyFiles, faultyFiles } from './faulty-files.js';
import { type FileSystemPort, nodeFiles, type OpenMode } from './files.js';
import type { FileLog } from './log.js';
import { FileLogReader } from './reader.js';
import {
  cleanUp,
  copyAfterCrash,
  newFolder,
  note,
  noteValues,
  nowMs,
  openLog,
  partitionNames,
  segmentPaths,
  unsyncedFiles,
} from './test-kit.js';

const topics = [{ name: 'notes', partitions: 1, retention: { ageMs: null, bytes: 1 } }];
const values = Array.from({ length: 40 }, (_, i) => `value-${i}`);
/** Everything through it may go, which is all but the last segment or two. */
const upTo = new Map([['notes:0', 35n]] as const);

/** A log of many small segments that may let all of them go. */
async function openFull(files: FileSystemPort = unsyncedFiles): Promise<{ log: FileLog; folder: string }> {
  const folder = await newFolder();
  const { log } = await openLog(folder, { topics, files, segmentBytesMax: 700 });
  for (const value of values) await log.append([note(value)]);
  return { log, folder };
}

async function startOf(log: Pick<FileLog, 'starts'>): Promise<number> {
  return Number((await log.starts()).get('notes:0'));
}

/** The start of an opened folder and its values, or the code of the refusal. */
async function reopened(folder: string): Promise<{ start: number; values: string[] } | string> {
  try {
    const { log } = await openLog(folder, { topics, files: unsyncedFiles });
    const found = { start: await startOf(log), values: await noteValues(log) };
    await log.close();
    return found;
  } catch (error) {
    if (error instanceof TidemarkError) return error.code;
    throw error;
  }
}

afterEach(cleanUp);

describe('expired segments', () => {
  it('are gone from the disk, with their sidecars, and the start survives a restart', async () => {
    const { log, folder } = await openFull();
    const [range] = await log.expire(upTo, nowMs);
    await log.close();
    const kept = (await segmentPaths(folder)).map((path) => Number(/(\d+)\.seg$/.exec(path)?.[1]));
    expect(kept[0]).toBe(Number(range?.to));
    expect(kept[0]).toBeGreaterThan(28);
    expect((await partitionNames(folder)).filter((name) => /\.(seg|idx)/.test(name))).toHaveLength(2 * kept.length - 1);
    expect(await reopened(folder)).toEqual({ start: kept[0], values: values.slice(kept[0]) });
  });

  it('go by size from the oldest on, until the others fit', async () => {
    const { log, folder } = await openFull();
    await log.close();
    const sizes = await Promise.all((await segmentPaths(folder)).map(async (path) => (await readFile(path)).length));
    const bytes = sizes.slice(3).reduce((sum, size) => sum + size, 0);
    const again = await openLog(folder, {
      topics: [{ name: 'notes', partitions: 1, retention: { ageMs: null, bytes } }],
    });
    await again.log.expire(upTo, nowMs);
    expect(await segmentPaths(folder)).toHaveLength(sizes.length - 3);
  });

  it('go by age after a restart as they would have before it', async () => {
    const { log, folder } = await openFull();
    await log.close();
    const retention = { ageMs: 1_000, bytes: null };
    const again = await openLog(folder, {
      topics: [{ name: 'notes', partitions: 1, retention }],
      files: unsyncedFiles,
    });
    expect(await again.log.expire(upTo, nowMs + 1_000)).toEqual([]);
    expect(await again.log.expire(upTo, nowMs + 1_001)).toHaveLength(1);
  });

  it('are kept when their topic is no longer configured, or without retention', async () => {
    const { log, folder } = await openFull();
    await log.close();
    const { log: again } = await openLog(folder, { topics: [{ name: 'other', partitions: 1 }] });
    expect(await again.expire(upTo, nowMs)).toEqual([]);
    expect(await startOf(again)).toBe(0);
  });

  it('go once, however many ask at the same time, while appends go on', async () => {
    const { log } = await openFull();
    const asked = Promise.all([log.expire(upTo, nowMs), log.expire(upTo, nowMs), log.append([note('more')])]);
    const [one, two] = await asked;
    expect([one.length, two.length]).toEqual([1, 0]);
    expect((await noteValues(log)).at(-1)).toBe('more');
  });

  it('have all gone when a close that came meanwhile has come to its end', async () => {
    const { log, folder } = await openFull();
    const expiring = log.expire(upTo, nowMs);
    await log.close();
    const [range] = await expiring;
    expect(await reopened(folder)).toMatchObject({ start: Number(range?.to) });
  });
});

describe('a segment that was removed by hand', () => {
  it('is a loss, whether or not others have expired, and so is a start that was', async () => {
    const { log, folder } = await openFull();
    const [first = ''] = await segmentPaths(folder);
    const whole = await readFile(first);
    await rm(first);
    expect(await reopened(await copyAfterCrash(folder))).toBe('log_damaged');
    await writeFile(first, whole);
    await log.expire(new Map([['notes:0', 20n]]), nowMs);
    await log.close();
    const [next = ''] = await segmentPaths(folder);
    const kept = await readFile(next);
    await rm(next);
    expect(await reopened(folder)).toBe('log_damaged');
    await writeFile(next, kept);
    expect(await reopened(folder)).toMatchObject({ start: expect.any(Number) });
    await rm(join(folder, 'notes', '0', 'start'));
    expect(await reopened(folder)).toBe('log_damaged');
  });

  it('is said to be gone to those who read it, and not to have expired', async () => {
    const { log, folder } = await openFull();
    const [first = ''] = await segmentPaths(folder);
    await rm(first);
    await expect(log.read('notes', 0, [0n])).rejects.toMatchObject({ code: 'log_damaged', facts: { file: first } });
  });

  it('is never taken for an expired one because the start names another segment than it did', async () => {
    const { log, folder } = await openFull();
    const [range] = await log.expire(new Map([['notes:0', 12n]]), nowMs);
    await log.close();
    const names = await partitionNames(folder);
    const later = Number(names.filter((name) => name.endsWith('.seg'))[2]?.slice(0, 20));
    const path = join(folder, 'notes', '0', 'start');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace(`"${range?.to}"`, `"${later}"`));
    expect(await reopened(folder)).toBe('log_damaged');
    expect(await partitionNames(folder)).toEqual(names);
  });

  it('is never taken for an expired one because a bit of the start has flipped', async () => {
    const { log, folder } = await openFull();
    await log.expire(new Map([['notes:0', 12n]]), nowMs);
    await log.close();
    const before = await reopened(folder);
    const path = join(folder, 'notes', '0', 'start');
    const whole = await readFile(path);
    const names = await partitionNames(folder);
    for (let bit = 0; bit < 8 * whole.length; bit++) {
      const flipped = Buffer.from(whole);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      await writeFile(path, flipped);
      // A flip in the white space around the text changes nothing.
      expect(['log_damaged', before]).toContainEqual(await reopened(folder));
    }
    expect(await partitionNames(folder)).toEqual(names);
  }, 60_000);
});

/** Expires with a disk on which nothing works from the `nth` changing step on; what is left, and whether it came to its end. */
async function expireAndDie(
  nth: number,
): Promise<{ folder: string; finished: boolean; log: FileLog; files: FaultyFiles }> {
  const { log: writing, folder } = await openFull();
  await writing.close();
  const files = faultyFiles(unsyncedFiles);
  const { log } = await openLog(folder, { topics, files });
  const dead = deadFrom(nth, (step) => changingSteps.has(step) || step === 'list');
  files.fault = dead.fault;
  const finished = await log.expire(upTo, nowMs).then(
    () => true,
    (error: unknown) => {
      expect(error).toMatchObject({ code: 'log_failed', retriable: true });
      return false;
    },
  );
  return { folder, finished, log, files };
}

describe('an expiry that is cut short', () => {
  it('at any of its steps leaves a log that opens, keeps what is to be kept, and finishes at the next start', async () => {
    let finished = false;
    const starts = new Set<number>();
    for (let nth = 1; !finished; nth++) {
      const died = await expireAndDie(nth);
      finished = died.finished;
      died.files.fault = () => undefined;
      const copy = await copyAfterCrash(died.folder);
      const left = await reopened(copy);
      if (typeof left === 'string') expect.fail(`P1: refused as ${left} after dying at step ${nth}`);
      expect([nth, left.values]).toEqual([nth, values.slice(left.start)]);
      expect(left.start).toBeLessThanOrEqual(36);
      const names = (await partitionNames(copy)).filter((name) => /\.(seg|idx)/.test(name));
      expect(names.filter((name) => Number(name.slice(0, 20)) < left.start)).toEqual([]);
      starts.add(left.start);
      await died.log.close();
    }
    // Some died before the start was durable, some after; nothing in between.
    expect(starts.size).toBe(2);
  }, 60_000);

  it('goes on with reading and appending, and the next one finishes it', async () => {
    for (const nth of [2, 4, 6, 9]) {
      const { log, files, folder, finished } = await expireAndDie(nth);
      expect(finished).toBe(false);
      files.fault = () => undefined;
      await log.append([note('after')]);
      expect(await noteValues(log)).toEqual([...values.slice(await startOf(log)), 'after']);
      await log.expire(upTo, nowMs);
      const [first = ''] = await segmentPaths(folder);
      expect(Number(/(\d+)\.seg$/.exec(first)?.[1])).toBe(await startOf(log));
      await log.close();
    }
  });

  it('has removed nothing before the start was on the disk', async () => {
    const { log: writing, folder } = await openFull();
    // The sidecars are all there when it is closed, and none is on its way beside the expiry.
    await writing.close();
    const files = faultyFiles(unsyncedFiles);
    const { log } = await openLog(folder, { topics, files });
    const steps: string[] = [];
    files.fault = (step, path) => {
      if (changingSteps.has(step)) steps.push(`${step} ${path.replace(/.*\/notes\/0\/?/, '')}`);
      return undefined;
    };
    await log.expire(upTo, nowMs);
    const beginning = ['write start.tmp', 'dataSync start.tmp', 'rename start', 'syncFolder '];
    expect(steps.slice(0, 4)).toEqual(beginning);
    expect(steps.slice(4, -1).every((step) => step.startsWith('remove 0'))).toBe(true);
    expect(steps.at(-1)).toBe('syncFolder ');
  });
});

/** Opening a path that `held` picks waits until it is let go; `reached` resolves when somebody waits. */
function gatedFiles(held: (path: string, mode: OpenMode) => boolean) {
  let letGo = (): void => undefined;
  let reach = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const state = { isShut: false };
  const open: FileSystemPort['open'] = async (path, mode) => {
    if (state.isShut && held(path, mode)) {
      reach();
      await gate;
    }
    return unsyncedFiles.open(path, mode);
  };
  const shut = (): void => {
    state.isShut = true;
  };
  return { files: { ...unsyncedFiles, open }, reached, shut, letGo: () => letGo() };
}

const isFirstSegment = (path: string, mode: OpenMode): boolean =>
  mode === 'read' && path.endsWith('00000000000000000000.seg');

describe('a sidecar that is still being written', () => {
  it('is not left behind when its segment goes', async () => {
    const { files, shut, letGo } = gatedFiles((path) => path.endsWith('.idx.tmp'));
    shut();
    const { log, folder } = await openFull(files);
    const expiring = log.expire(upTo, nowMs);
    // Time enough for an expiry that would not wait.
    for (let i = 0; i < 30; i++) await log.append([note('more')]);
    letGo();
    const [range] = await expiring;
    await log.close();
    const names = await partitionNames(folder);
    expect(names.filter((name) => /^\d/.test(name) && Number(name.slice(0, 20)) < Number(range?.to))).toEqual([]);
  });
});

describe('whoever reads a segment while it expires', () => {
  it('is told expired, not that a file is missing', async () => {
    const { files, reached, shut, letGo } = gatedFiles(isFirstSegment);
    const { log } = await openFull(files);
    shut();
    const reading = log.read('notes', 0, [0n, 39n]);
    await reached;
    await log.expire(upTo, nowMs);
    letGo();
    expect(await reading).toMatchObject([{ kind: 'missing', why: 'expired' }, { kind: 'found' }]);
  });

  it('goes on at the start when it subscribed, and is told past_lost when it scans', async () => {
    const { files, reached, shut, letGo } = gatedFiles(isFirstSegment);
    const { log } = await openFull(files);
    shut();
    const stop = new AbortController();
    const batch = log.subscribe(['notes'], new Map(), stop.signal)[Symbol.asyncIterator]().next();
    // Listened to from the beginning: it may fail before the batch is there.
    const lost = { code: 'past_lost', facts: { reason: 'expired', from: '0' } };
    const scanned = expect(noteValues(log)).rejects.toMatchObject(lost);
    await reached;
    await log.expire(upTo, nowMs);
    letGo();
    const { value } = await batch;
    expect(value?.records[0]?.position.offset).toBe(BigInt(await startOf(log)));
    await scanned;
  });

  it('is told the same by a reader beside the server, which learns of it from the folder', async () => {
    const { log, folder } = await openFull();
    const reader = await FileLogReader.open(folder);
    await log.expire(upTo, nowMs);
    expect(await reader.read('notes', 0, [0n, 39n])).toMatchObject([{ why: 'expired' }, { kind: 'found' }]);
    expect(Number(reader.starts().get('notes:0'))).toBe(await startOf(log));
    expect(await noteValues(reader)).toEqual(values.slice(await startOf(log)));
    await reader.close();
  });

  it('opens the folder all the same when segments go between finding and opening them', async () => {
    const { log, folder } = await openFull();
    let expired = false;
    const files: FileSystemPort = {
      ...nodeFiles,
      open: async (path, mode) => {
        if (path.endsWith('.seg') && !expired) {
          expired = true;
          await log.expire(upTo, nowMs);
        }
        return nodeFiles.open(path, mode);
      },
    };
    const reader = await FileLogReader.open(folder, files);
    expect(await noteValues(reader)).toEqual(values.slice(await startOf(log)));
    await reader.close();
  });

  it('leaves no file open behind it', async () => {
    let open = 0;
    const counting: FileSystemPort = {
      ...unsyncedFiles,
      open: async (path, mode) => {
        const file = await unsyncedFiles.open(path, mode);
        open++;
        const close = (): Promise<void> => {
          open--;
          return file.close();
        };
        return { ...file, close };
      },
    };
    const { log } = await openFull(counting);
    await noteValues(log);
    await log.expire(upTo, nowMs);
    // The last segment for writing, and at most what is left for reading.
    expect(open).toBeLessThanOrEqual(3);
    await log.close();
    expect(open).toBe(0);
  });
});
