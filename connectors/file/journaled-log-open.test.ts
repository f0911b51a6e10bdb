/** Opening a log of others: what is refused, what goes on where it was, and what a lost journal costs. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { keepEverything } from '../../src/log/retention.js';
import { MemoryRemote } from '../memory/remote.js';
import type { JournaledLog } from './journaled-log.js';
import { Scene } from './journaled-log-kit.js';
import { cleanUp, copyAfterCrash, note, noteValues } from './test-kit.js';

afterEach(cleanUp);

const copied = (log: JournaledLog, values: readonly string[]) =>
  vi.waitFor(async () => expect(await noteValues(log)).toEqual(values), { interval: 2 });

describe('a restart', () => {
  it('goes on where it was, without copying anything twice', async () => {
    const scene = new Scene();
    const first = await scene.open();
    await first.append([note('a'), note('b')]);
    await first.close();
    scene.write('c');
    const log = await scene.open();
    await copied(log, ['a', 'b', 'c']);
    expect(await log.append([note('d')])).toMatchObject([{ offset: 3n, incarnation: { ordinal: 1 } }]);
    expect(scene.reports).toEqual([]);
  });

  it('after a crash copies again what was not on the disk', async () => {
    const scene = new Scene();
    const first = await scene.open();
    await first.append([note('a'), note('b')]);
    scene.folder = await copyAfterCrash(scene.folder);
    await copied(await scene.open(), ['a', 'b']);
  });

  it('reads over markers and aborted records at the end again, under whatever leader', async () => {
    const scene = new Scene();
    const first = await scene.open();
    await first.append([note('a')]);
    scene.cluster.change('notes:0', (of) => of.elect());
    const transaction = scene.cluster.begin();
    transaction.append([note('never'), note('never')]);
    transaction.abort();
    await first.close();
    const log = await scene.open();
    scene.write('b');
    await copied(log, ['a', 'b']);
    expect(log.troubles.size).toBe(0);
  });

  it('takes a topic that was added to the configuration', async () => {
    const scene = new Scene([
      { name: 'notes', partitions: 1 },
      { name: 'orders', partitions: 2 },
    ]);
    const topics = [{ name: 'orders', retention: keepEverything }];
    await (await scene.open({ topics })).close();
    scene.write('a');
    const log = await scene.open();
    await copied(log, ['a']);
    expect(log.topics()).toHaveLength(2);
  });
});

describe('a journal that is lost', () => {
  it('is copied again from the first record that the log keeps, and says that it began late', async () => {
    const scene = new Scene();
    const first = await scene.open();
    await first.append([note('a'), note('b'), note('c')]);
    await first.close();
    await rm(scene.folder, { recursive: true });
    scene.cluster.change('notes:0', (of) => of.deleteBefore(2n));
    const log = await scene.open();
    await copied(log, ['c']);
    expect((await log.starts()).get('notes:0')).toBe(2n);
    expect(await log.read('notes', 0, [0n])).toEqual([{ kind: 'missing', why: 'expired' }]);
    expect(scene.reports).toEqual([{ kind: 'copy_begun_late', partition: 'notes:0', from: 2n }]);
    expect(log.troubles.size).toBe(0);
  });

  it('is another copy then, and the same one over every other start', async () => {
    const scene = new Scene();
    const ids: string[] = [];
    for (const isLost of [false, false, true]) {
      if (isLost) await rm(scene.folder, { recursive: true });
      const log = await scene.open();
      ids.push(log.copyId);
      await log.close();
    }
    expect(ids.map((id) => id.length > 0 && id === ids[0])).toEqual([true, true, false]);
  });
});

describe('own topics', () => {
  it('have been copied as far as they can be read when open resolves', async () => {
    const scene = new Scene();
    const values = Array.from({ length: 450 }, (_, i) => `v${i}`);
    scene.write(...values);
    const seen: number[] = [];
    const log = await scene.open({ ownTopics: ['notes'], onProgress: (count) => seen.push(count) });
    expect(await noteValues(log)).toEqual(values);
    expect(seen.at(-1)).toBe(450);
  });

  it('do not hold up the opening where a transaction or a trouble stands before their end', async () => {
    const scene = new Scene();
    scene.write('a');
    scene.cluster.begin().append([note('held')]);
    const log = await scene.open({ ownTopics: ['notes'] });
    expect(await noteValues(log)).toEqual(['a']);
    await log.close();
    scene.cluster.recreateTopic('notes');
    expect((await scene.open({ ownTopics: ['notes'] })).troubles.get('notes:0')?.kind).toBe('recreated');
  });
});

describe('a partition that was known and of which nothing was copied', () => {
  it('has a gap when what it held since has been removed', async () => {
    const scene = new Scene();
    await (await scene.open()).close();
    scene.write('a', 'b', 'c');
    scene.cluster.change('notes:0', (of) => of.deleteBefore(2n));
    const log = await scene.open();
    expect(log.troubles.get('notes:0')).toEqual({ kind: 'gap', from: 0n, to: 2n });
    expect(scene.kinds()).toEqual(['trouble_began']);
  });

  it('is begun late when a first opening failed that had not asked where it begins', async () => {
    const scene = new Scene();
    scene.write('a', 'b', 'c');
    scene.cluster.change('notes:0', (of) => of.deleteBefore(2n));
    const asking = vi.spyOn(MemoryRemote.prototype, 'marks').mockRejectedValueOnce(new Error('no leader'));
    await expect(scene.open()).rejects.toThrow('no leader');
    asking.mockRestore();
    await copied(await scene.open(), ['c']);
    expect(scene.kinds()).toEqual(['copy_begun_late']);
  });
});

describe('opening is refused', () => {
  it('for an own topic of more than one partition, naming what plans them', async () => {
    const scene = new Scene([{ name: 'notes', partitions: 2 }]);
    await expect(scene.open({ ownTopics: ['notes'] })).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('notes'),
      advice: expect.stringContaining('tidemark topics plan'),
      facts: { topic: 'notes', partitions: 2 },
    });
    await scene.open();
  });

  it('for a topic that is not there, naming it and what makes it', async () => {
    const scene = new Scene();
    const topics = ['notes', 'absent'].map((name) => ({ name, retention: keepEverything }));
    await expect(scene.open({ topics })).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('absent'),
      advice: expect.stringContaining('tidemark topics apply'),
    });
    await scene.open();
  });

  it('for a topic with fewer partitions than were copied', async () => {
    const scene = new Scene([{ name: 'notes', partitions: 2 }]);
    await (await scene.open()).close();
    const known = scene.cluster.find('notes');
    vi.spyOn(scene.cluster, 'find').mockReturnValue(known && { ...known, partitions: 1 });
    await expect(scene.open()).rejects.toMatchObject({ code: 'config_invalid', facts: { partitionsNow: 1 } });
  });

  it('with the journal of another log', async () => {
    const scene = new Scene();
    await (await scene.open()).close();
    const other = new Scene();
    other.folder = scene.folder;
    await expect(other.open()).rejects.toMatchObject({ code: 'config_invalid' });
  });

  it('while the log cannot be asked, and nothing is held then', async () => {
    const scene = new Scene();
    scene.cluster.goAway();
    await expect(scene.open()).rejects.toMatchObject({ code: 'log_failed', retriable: true });
    scene.cluster.comeBack();
    await scene.open();
  });

  it('when what was accepted cannot be understood', async () => {
    const scene = new Scene();
    await (await scene.open()).close();
    await writeFile(join(scene.folder, 'accepted.json'), '{');
    await expect(scene.open()).rejects.toMatchObject({ code: 'log_damaged' });
  });
});
