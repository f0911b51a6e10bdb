import { afterEach, describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.js';
import { type Fault, type FileStep, faultyFiles } from './faulty-files.js';
import { cleanUp, newFolder, note, noteValues, openLog } from './test-kit.js';

const full: Fault = { code: 'ENOSPC' };

/** A fault of one step on segment files, each time it is met. */
function onSegments(step: FileStep, fault: Fault) {
  return (met: FileStep, path: string): Fault | undefined =>
    met === step && path.endsWith('.seg') ? fault : undefined;
}

afterEach(cleanUp);

describe('a disk that fails', () => {
  it.each<[FileStep, Fault]>([
    ['write', full],
    ['write', { bytesWritten: 0 }],
    ['dataSync', { code: 'EIO' }],
  ])('at %s with %o fails the append, keeps what was acknowledged and goes on reading', async (step, fault) => {
    const files = faultyFiles();
    const folder = await newFolder();
    const { log } = await openLog(folder, { files });
    await log.append([note('acknowledged')]);
    files.fault = onSegments(step, fault);
    await expect(log.append([note('lost')])).rejects.toMatchObject({ code: 'log_failed', retriable: false });
    files.fault = () => undefined;
    await expect(log.append([note('later')])).rejects.toMatchObject({ code: 'log_failed' });
    expect(await noteValues(log)).toEqual(['acknowledged']);
    await log.close();
    const again = await openLog(folder);
    await again.log.append([note('after')]);
    expect(await noteValues(again.log)).toEqual(['acknowledged', 'after']);
  });

  it('also fails the appends that wait behind the failed one', async () => {
    const files = faultyFiles();
    const { log } = await openLog(await newFolder(), { files });
    files.fault = onSegments('dataSync', { code: 'EIO' });
    const first = log.append([note('1')]);
    await Promise.resolve();
    const outcomes = await Promise.allSettled([first, log.append([note('2')]), log.append([note('3')])]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(await log.ends()).toEqual(new Map([['notes:0', 0n]]));
  });

  it('keeps what was acknowledged even when the failed write cannot be taken back', async () => {
    const files = faultyFiles();
    const folder = await newFolder();
    const { log } = await openLog(folder, { files });
    await log.append([note('acknowledged')]);
    let writes = 0;
    files.fault = (step, path) => {
      if (!path.endsWith('.seg')) return undefined;
      if (step === 'truncate') return full;
      return step === 'write' ? (writes++ === 0 ? { bytesWritten: 20 } : full) : undefined;
    };
    await expect(log.append([note('lost')])).rejects.toMatchObject({ code: 'log_failed' });
    await log.close();
    const again = await openLog(folder);
    expect(again.reports).toMatchObject([{ kind: 'tail_cut', bytesCut: 20 }]);
    expect(await noteValues(again.log)).toEqual(['acknowledged']);
  });

  it('while a segment is rolled fails the append, and the folder opens again', async () => {
    const files = faultyFiles();
    const folder = await newFolder();
    const { log } = await openLog(folder, { files, segmentBytesMax: 256 });
    await log.append([note('acknowledged')]);
    files.fault = (step, path) => (step === 'syncFolder' && path.endsWith('0') ? full : undefined);
    await expect(log.append([note('x'.repeat(200))])).rejects.toMatchObject({ code: 'log_failed' });
    await log.close();
    const again = await openLog(folder);
    await again.log.append([note('after')]);
    expect(await noteValues(again.log)).toEqual(['acknowledged', 'after']);
  });

  it('while a topic is made leaves a folder that opens when the disk is well again', async () => {
    const files = faultyFiles();
    const folder = await newFolder();
    const topics = [{ name: 'notes', partitions: 4 }];
    for (const failAt of [1, 3, 6, 9, 12]) {
      let steps = 0;
      files.fault = (step) => (step !== 'read' && ++steps === failAt ? full : undefined);
      await expect(openLog(folder, { files, topics })).rejects.toThrow();
      files.fault = () => undefined;
    }
    expect((await openLog(folder, { files, topics })).log.topics()).toHaveLength(1);
  });

  it('that fails to remember a commit says so and goes on', async () => {
    const files = faultyFiles();
    const { log } = await openLog(await newFolder(), { files });
    files.fault = (step) => (step === 'rename' ? full : undefined);
    await expect(log.commit(new Map([['notes:0', 1n]]))).rejects.toThrow();
    files.fault = () => undefined;
    await log.commit(new Map([['notes:0', 2n]]));
    expect(await log.append([note('v')])).toHaveLength(1);
  });
});

describe('a disk that works', () => {
  it('may write less than asked: the rest follows', async () => {
    const files = faultyFiles();
    const folder = await newFolder();
    const { log } = await openLog(folder, { files });
    files.fault = onSegments('write', { bytesWritten: 13 });
    await log.append([note('in'), note('small'), note('pieces')]);
    await log.close();
    expect(await noteValues((await openLog(folder)).log)).toEqual(['in', 'small', 'pieces']);
  });

  it('is synced once for many concurrent appends', async () => {
    const files = faultyFiles();
    const { log } = await openLog(await newFolder(), { files });
    const before = files.counts.dataSync;
    await Promise.all(Array.from({ length: 1_000 }, (_, i) => log.append([note(String(i))])));
    expect(files.counts.dataSync - before).toBeLessThanOrEqual(2);
  });

  it('is not read for a consumer that keeps up, nor further ahead than one read for one that does not', async () => {
    const files = faultyFiles();
    const { log } = await openLog(await newFolder(), { files });
    const batches = log.subscribe(['notes'], new Map(), new AbortController().signal)[Symbol.asyncIterator]();
    const before = files.counts.read;
    for (let i = 0; i < 20; i++) {
      const next = batches.next();
      await log.append([note(String(i))]);
      await next;
    }
    expect(files.counts.read).toBe(before);
    for (let i = 0; i < 5; i++) await log.append(Array.from({ length: 100 }, () => note('x'.repeat(10_000))));
    await batches.next();
    expect(files.counts.read - before).toBeLessThanOrEqual(1);
    await batches.return?.();
  });

  it('refuses appends beyond the queue as overload, and takes them again later', async () => {
    const { log } = await openLog(await newFolder());
    const batch = Array.from({ length: limits.appendQueueMax / 2 }, () => note('v'));
    const first = [log.append(batch), log.append(batch)];
    await expect(log.append([note('v')])).rejects.toMatchObject({ code: 'overloaded', retriable: true });
    await Promise.all(first);
    expect(await log.append([note('v')])).toHaveLength(1);
  });

  it('never gets a record that no frame holds', async () => {
    const { log } = await openLog(await newFolder());
    const headers = Array.from({ length: limits.recordHeadersMax + 1 }, () => ['h', Buffer.alloc(0)] as const);
    const large = { ...note('v'), value: Buffer.alloc(limits.frameBytesMax) };
    const wide = { ...note('v'), headers: [['h', Buffer.alloc(limits.recordHeaderBytesMax)] as const] };
    for (const record of [large, wide, { ...note('v'), headers }]) {
      await expect(log.append([note('good'), record])).rejects.toMatchObject({ code: 'request_too_large' });
    }
    expect(await noteValues(log)).toEqual([]);
  });
});
