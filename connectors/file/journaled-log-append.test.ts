/** Appending to a log of others, whose records have to come back. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { limits } from '../../src/limits.js';
import { faultyFiles } from './faulty-files.js';
import { Scene, valueIn } from './journaled-log-kit.js';
import { cleanUp, note, noteValues, nowMs } from './test-kit.js';

afterEach(cleanUp);

/** Two sleepers look at the topics and sync; the third is an append that waits. */
async function untilWaiting(scene: Scene): Promise<void> {
  await vi.waitFor(() => expect(scene.clock.sleepers).toBe(3), { interval: 2 });
}

describe('an append', () => {
  it('resolves to positions with the epoch that the log wrote them under', async () => {
    const scene = new Scene();
    const log = await scene.open();
    await log.append([note('a')]);
    scene.cluster.change('notes:0', (of) => of.elect());
    const [position] = await log.append([note('b')]);
    expect(position).toMatchObject({ offset: 1n, leaderEpoch: 1 });
    expect(log.epochs.endOf('notes:0', 0)).toBe(1n);
  });

  it('resolves when its records have come back, and not before', async () => {
    const scene = new Scene();
    const log = await scene.open();
    scene.cluster.holdReading();
    const appending = log.append([note('a')]);
    await untilWaiting(scene);
    expect(await noteValues(log)).toEqual([]);
    scene.cluster.releaseReading();
    expect(await appending).toMatchObject([{ offset: 0n }]);
  });

  it('behind an open transaction fails after its time, retriable, saying that it may have been written', async () => {
    const scene = new Scene();
    const log = await scene.open();
    const transaction = scene.cluster.begin();
    transaction.append([note('held')]);
    const appending = log.append([note('a')]);
    await untilWaiting(scene);
    const failed = expect(appending).rejects.toMatchObject({
      code: 'log_failed',
      retriable: true,
      facts: { reason: 'late', written: 'maybe' },
    });
    scene.clock.advance(limits.appendReturnMs);
    await failed;
    transaction.abort();
    await vi.waitFor(async () => expect(await noteValues(log)).toEqual(['a']));
  });

  it('to a partition in trouble fails at once, and nothing is written', async () => {
    const scene = new Scene();
    const log = await scene.open();
    await log.append([note('a'), note('b')]);
    scene.cluster.change('notes:0', (of) => of.truncate(1n));
    await vi.waitFor(() => expect(log.troubles.get('notes:0')?.kind).toBe('truncated'));
    const refusal = { code: 'log_failed', retriable: false, facts: { trouble: 'truncated' } };
    await expect(log.append([note('c')])).rejects.toMatchObject(refusal);
    expect(scene.cluster.partition('notes:0').marks.end).toBe(1n);
  });

  it('whose partition meets trouble while it waits fails at once', async () => {
    const scene = new Scene();
    const log = await scene.open();
    await log.append([note('a'), note('b')]);
    scene.cluster.holdReading();
    const appending = log.append([note('c')]);
    await untilWaiting(scene);
    const failed = expect(appending).rejects.toMatchObject({ code: 'log_failed', facts: { reason: 'stopped' } });
    scene.cluster.change('notes:0', (of) => of.truncate(1n));
    scene.cluster.releaseReading();
    await failed;
  });

  it.each<[string, (scene: Scene) => unknown]>([
    ['was made again', ({ cluster }) => cluster.recreateTopic('notes')],
    ['has lost its end', ({ cluster }) => cluster.change('notes:0', (of) => of.truncate(1n))],
  ])('to a topic that %s is not taken for what was read before, and fails', async (_, harm) => {
    const scene = new Scene();
    const log = await scene.open();
    await log.append([note('a'), note('b'), note('c')]);
    scene.cluster.holdReading();
    harm(scene);
    const refusal = { code: 'log_failed', facts: { reason: 'other_history', written: 'maybe' } };
    await expect(log.append([note('x')])).rejects.toMatchObject(refusal);
    expect(await noteValues(log)).toEqual(['a', 'b', 'c']);
  });

  it('of a record that the journal could not hold is refused, and nothing is written', async () => {
    const scene = new Scene();
    const log = await scene.open();
    const record = { ...note('a'), value: new Uint8Array(limits.frameBytesMax) };
    await expect(log.append([note('b'), record])).rejects.toMatchObject({ code: 'request_too_large' });
    expect(scene.cluster.partition('notes:0').marks.end).toBe(0n);
  });

  it('to a partition that nobody has noticed yet fails at once rather than wait', async () => {
    const scene = new Scene();
    const log = await scene.open();
    scene.cluster.addPartitions('notes', 40);
    const record = { ...note('a'), key: Buffer.from('elsewhere') };
    await expect(log.append([record])).rejects.toMatchObject({ code: 'log_failed', facts: { reason: 'stopped' } });
  });
});

describe('what others write', () => {
  it.each([
    ['ten years ahead', nowMs + 10 * 365 * 86_400_000],
    ['ten years back', nowMs - 10 * 365 * 86_400_000],
    ['before 1970', -1],
  ])('keeps its timestamp: %s', async (_, timestampMs) => {
    const scene = new Scene();
    const log = await scene.open();
    scene.cluster.produce('notes:0', { timestampMs, key: null, headers: [], value: Buffer.from('a') });
    await vi.waitFor(async () => expect(await noteValues(log)).toEqual(['a']));
    expect(await log.read('notes', 0, [0n])).toMatchObject([{ record: { timestampMs } }]);
    await log.close();
    const again = await scene.open();
    expect(await again.read('notes', 0, [0n])).toMatchObject([{ record: { timestampMs } }]);
  });

  it.each([
    ['a value', { value: new Uint8Array(limits.frameBytesMax).fill(65) }],
    ['headers', { headers: [['h', new Uint8Array(limits.recordHeaderBytesMax)] as const] }],
    ['many headers', { headers: Array.from({ length: 300 }, () => ['h', new Uint8Array()] as const) }],
    ['a key', { key: new Uint8Array(limits.frameBytesMax) }],
  ])('and is larger than the journal holds is kept as too large for an event: %s', async (_, large) => {
    const scene = new Scene();
    const log = await scene.open();
    const content = { timestampMs: nowMs, key: null, headers: [], value: null };
    scene.cluster.produce('notes:0', { ...content, ...large });
    await log.append([note('after')]);
    const [reading] = await log.read('notes', 0, [0n]);
    const length = reading?.kind === 'found' ? reading.record.value?.length : undefined;
    expect(length).toBe(limits.eventBytesMax + 1);
    expect(scene.reports).toEqual([{ kind: 'record_cut', partition: 'notes:0', offset: 0n }]);
  });

  it('has the gaps that compaction leaves, and what is not there says so', async () => {
    const scene = new Scene();
    scene.write('a', 'b', 'c');
    scene.cluster.change('notes:0', (of) => of.compact(1n));
    const log = await scene.open({ ownTopics: ['notes'] });
    expect((await log.read('notes', 0, [0n, 1n, 2n, 3n])).map(valueIn)).toEqual(['a', 'compacted', 'c', 'beyond_end']);
  });
});

describe('a commit', () => {
  it('is made once what it covers is on the disk', async () => {
    const scene = new Scene();
    const log = await scene.open();
    await log.append([note('a')]);
    await log.commit(new Map([['notes:0', 0n]]));
    expect(Object.fromEntries(await log.committed())).toEqual({ 'notes:0': 0n });
  });
});

describe('settling', () => {
  it('puts what was read on the disk, and fails where the disk refuses', async () => {
    const scene = new Scene();
    const files = faultyFiles();
    const log = await scene.open({ files });
    await log.append([note('a')]);
    files.fault = (step) => (step === 'dataSync' ? { code: 'EIO' } : undefined);
    await expect(log.settle()).rejects.toMatchObject({ code: 'log_failed' });
  });
});

describe('a disk that refuses', () => {
  it('ends the log when nobody knows any more what is on it', async () => {
    const scene = new Scene();
    const files = faultyFiles();
    const log = await scene.open({ files });
    const failed = vi.fn();
    log.failed.catch(failed);
    files.fault = (step) => (step === 'dataSync' ? { code: 'EIO' } : undefined);
    await log.append([note('a')]);
    expect(failed).not.toHaveBeenCalled();
    scene.clock.advance(limits.journalSyncMs);
    await vi.waitFor(() => expect(failed).toHaveBeenCalledWith(expect.objectContaining({ retriable: false })));
    expect(scene.kinds()).toEqual(['sync_failed']);
  });

  it('stops copying and is told once; copying goes on by itself when it takes writes again', async () => {
    const scene = new Scene();
    const files = faultyFiles();
    const log = await scene.open({ files });
    files.fault = (step) => (step === 'write' ? { code: 'ENOSPC' } : undefined);
    scene.write('a', 'b');
    await vi.waitFor(() => expect(scene.kinds()).toEqual(['copying_failed']));
    await vi.waitFor(() => expect(scene.clock.sleepers).toBe(3));
    scene.clock.advance(limits.copyRetryMs);
    await vi.waitFor(() => expect(scene.clock.sleepers).toBe(3));
    files.fault = () => undefined;
    scene.clock.advance(limits.copyRetryMs);
    await vi.waitFor(async () => expect(await noteValues(log)).toEqual(['a', 'b']));
    expect(scene.kinds()).toEqual(['copying_failed']);
  });
});
