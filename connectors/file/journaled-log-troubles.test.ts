/** What happens to a log of others is a state of the partitions it is about; the others go on. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { limits } from '../../src/limits.js';
import type { JournaledLog } from './journaled-log.js';
import { Scene, valueIn } from './journaled-log-kit.js';
import { cleanUp, note, noteValues } from './test-kit.js';

afterEach(cleanUp);

const twoTopics = [
  { name: 'notes', partitions: 1 },
  { name: 'orders', partitions: 2 },
];
const order = (value: string) => ({ ...note(value), topic: 'orders', key: null });

const copied = (log: JournaledLog, values: readonly string[]) =>
  vi.waitFor(async () => expect(await noteValues(log)).toEqual(values), { interval: 2 });
const troubled = (log: JournaledLog, trouble: object | undefined) =>
  vi.waitFor(() => expect(log.troubles.get('notes:0')).toEqual(trouble), { interval: 2 });

/** The next look at the topics happens. */
async function look(scene: Scene, log: JournaledLog, expected: object | undefined): Promise<void> {
  await vi.waitFor(() => {
    scene.clock.advance(limits.topicLookMs);
    expect(log.troubles.get('notes:0')).toEqual(expected);
  });
}

describe('an open transaction', () => {
  it('is blocked_at_lso once what can be read has been, and over when it is aborted', async () => {
    const scene = new Scene();
    const log = await scene.open();
    await log.append([note('a')]);
    const transaction = scene.cluster.begin();
    transaction.append([note('held')]);
    scene.write('after');
    expect((await log.ends()).get('notes:0')).toBe(3n);
    expect(log.troubles.get('notes:0')).toEqual({ kind: 'blocked_at_lso', readableEnd: 1n });
    transaction.abort();
    await copied(log, ['a', 'after']);
    expect((await log.ends()).get('notes:0')).toBe(4n);
    expect(log.troubles.size).toBe(0);
  });

  it('does not stop copying: what it held back comes when it is committed', async () => {
    const scene = new Scene();
    const log = await scene.open();
    const transaction = scene.cluster.begin();
    transaction.append([note('held')]);
    await log.ends();
    expect(log.troubles.get('notes:0')?.kind).toBe('blocked_at_lso');
    transaction.commit();
    await copied(log, ['held']);
  });
});

describe('records removed before they were read', () => {
  it('are a gap from the end of the journal to the start of the log, and nothing is read over it', async () => {
    const scene = new Scene(twoTopics);
    const log = await scene.open();
    await log.append([note('a')]);
    scene.cluster.holdReading();
    scene.write('b', 'c', 'd');
    scene.cluster.change('notes:0', (of) => of.deleteBefore(3n));
    scene.cluster.releaseReading();
    await troubled(log, { kind: 'gap', from: 1n, to: 3n });
    expect(await noteValues(log)).toEqual(['a']);
    await log.append([order('others go on')]);
  });

  it('are not those of a marker that was read', async () => {
    const scene = new Scene();
    const log = await scene.open();
    const transaction = scene.cluster.begin();
    transaction.append([note('a')]);
    transaction.commit();
    await vi.waitFor(async () => expect((await log.ends()).get('notes:0')).toBe(2n));
    await copied(log, ['a']);
    await log.close();
    scene.cluster.change('notes:0', (of) => of.deleteBefore(2n));
    scene.cluster.change('notes:0', (of) => of.elect());
    const again = await scene.open();
    scene.write('b');
    await copied(again, ['a', 'b']);
    expect(again.troubles.size).toBe(0);
  });
});

describe('a marker that was read and then removed', () => {
  it('is no gap when reading begins anew', async () => {
    const scene = new Scene();
    const log = await scene.open();
    const transaction = scene.cluster.begin();
    transaction.append([note('a')]);
    transaction.commit();
    await copied(log, ['a']);
    const topic = scene.cluster.find('notes');
    vi.spyOn(scene.cluster, 'find').mockReturnValue(undefined);
    await look(scene, log, { kind: 'topic_missing' });
    scene.cluster.change('notes:0', (of) => of.deleteBefore(2n));
    vi.mocked(scene.cluster.find).mockReturnValue(topic);
    await look(scene, log, undefined);
    await log.append([note('b')]);
    expect(await noteValues(log)).toEqual(['a', 'b']);
  });
});

describe('a log that has lost what was read', () => {
  it('is truncated from the first offset that is not common, though its offsets have been given out again', async () => {
    const scene = new Scene();
    const log = await scene.open();
    scene.write('a', 'b', 'c');
    await copied(log, ['a', 'b', 'c']);
    scene.cluster.change('notes:0', (of) => of.truncate(1n));
    scene.write('x', 'y', 'z', 'z');
    await troubled(log, { kind: 'truncated', from: 1n });
    expect(await noteValues(log)).toEqual(['a', 'b', 'c']);
  });

  it('is truncated where the epochs part, epochs back, also when found at a start', async () => {
    const scene = new Scene();
    const log = await scene.open();
    scene.write('a', 'b');
    scene.cluster.change('notes:0', (of) => of.elect());
    scene.write('c', 'd');
    await copied(log, ['a', 'b', 'c', 'd']);
    await log.close();
    scene.cluster.change('notes:0', (of) => of.truncate(1n));
    scene.write('x', 'y', 'z', 'z');
    expect((await scene.open()).troubles.get('notes:0')).toEqual({ kind: 'truncated', from: 1n });
  });

  it('is not one whose leader has merely moved', async () => {
    const scene = new Scene();
    const log = await scene.open();
    await log.append([note('a')]);
    scene.cluster.change('notes:0', (of) => of.elect());
    await log.append([note('b')]);
    await log.close();
    expect((await scene.open()).troubles.size).toBe(0);
  });
});

describe('a topic', () => {
  it('made again is recreated in all its partitions, with the ends it had, and the others go on', async () => {
    const scene = new Scene(twoTopics);
    const log = await scene.open();
    await log.append([note('a')]);
    await log.ends();
    const was = scene.cluster.find('notes')?.incarnationId;
    const is = scene.cluster.recreateTopic('notes').incarnationId;
    await look(scene, log, { kind: 'recreated', was, is });
    expect((await log.ends()).get('notes:0')).toBe(1n);
    await log.append([order('others go on')]);
    expect(log.topics().find(({ name }) => name === 'notes')?.incarnation).toEqual({ id: was, ordinal: 1 });
  });

  it('that is idle and was made again is noticed within ten seconds', () => {
    // Up to one look may have just passed, and two have to agree.
    expect(3 * limits.topicLookMs).toBeLessThan(10_000);
  });

  it('is believed to be another one only when two looks agree', async () => {
    const scene = new Scene();
    const log = await scene.open();
    const topic = scene.cluster.find('notes');
    const find = vi
      .spyOn(scene.cluster, 'find')
      .mockReturnValue(topic && { ...topic, incarnationId: 'of a broker that lags' });
    scene.cluster.holdReading();
    scene.clock.advance(limits.topicLookMs);
    await vi.waitFor(() => expect(scene.clock.sleepers).toBe(2));
    expect(find).toHaveBeenCalled();
    find.mockRestore();
    for (let i = 0; i < 3; i++) await log.ends();
    expect(scene.reports).toEqual([]);
  });

  it('that is gone is missing, and read again when it is back as it was', async () => {
    const scene = new Scene();
    const log = await scene.open();
    await log.append([note('a')]);
    const topic = scene.cluster.find('notes');
    vi.spyOn(scene.cluster, 'find').mockReturnValue(undefined);
    await look(scene, log, { kind: 'topic_missing' });
    await expect(log.append([note('b')])).rejects.toMatchObject({ code: 'log_failed' });
    vi.mocked(scene.cluster.find).mockReturnValue(topic);
    await look(scene, log, undefined);
    await log.append([note('b')]);
    expect(await noteValues(log)).toEqual(['a', 'b']);
  });

  it('that has grown has new partitions, which are not read, and the old ones go on', async () => {
    const scene = new Scene();
    const log = await scene.open();
    await log.append([note('a')]);
    scene.cluster.addPartitions('notes', 2);
    await vi.waitFor(() => {
      scene.clock.advance(limits.topicLookMs);
      expect([...log.troubles]).toEqual([1, 2].map((n) => [`notes:${n}`, { kind: 'new_partition', partitions: 3 }]));
    });
    await log.append([{ ...note('b'), key: null }]);
    expect([...(await log.ends()).keys()]).toEqual(['notes:0']);
  });
});

describe('a log that is away', () => {
  it('is no trouble: its ends are not told, and copying goes on when it is back', async () => {
    const scene = new Scene();
    const log = await scene.open();
    await log.append([note('a')]);
    scene.cluster.goAway();
    scene.clock.advance(limits.topicLookMs);
    await expect(log.ends()).rejects.toMatchObject({ code: 'log_failed', retriable: true });
    await expect(log.append([note('b')])).rejects.toMatchObject({ code: 'log_failed', retriable: true });
    expect(log.troubles.size).toBe(0);
    scene.cluster.comeBack();
    await log.append([note('c')]);
    expect(await noteValues(log)).toEqual(['a', 'c']);
  });
});

describe('what is told', () => {
  it('is the beginning and the end of each trouble, once', async () => {
    const scene = new Scene();
    const log = await scene.open();
    const transaction = scene.cluster.begin();
    transaction.append([note('held')]);
    for (let i = 0; i < 3; i++) await log.ends();
    transaction.abort();
    await log.ends();
    await vi.waitFor(async () => {
      await log.ends();
      expect(scene.kinds()).toEqual(['trouble_began', 'trouble_ended']);
    });
  });

  it('is a reading for what was copied, whatever has happened since', async () => {
    const scene = new Scene();
    const log = await scene.open();
    await log.append([note('a')]);
    scene.cluster.deleteTopic('notes');
    await look(scene, log, { kind: 'topic_missing' });
    expect(valueIn((await log.read('notes', 0, [0n]))[0])).toBe('a');
  });
});
