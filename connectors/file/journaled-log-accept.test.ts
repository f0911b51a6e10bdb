/** What an operator accepts of a log's troubles: now, or done at the next start as far as it is still the case. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isInHistory } from '../../src/domain/epochs.js';
import { limits } from '../../src/limits.js';
import type { JournaledLog } from './journaled-log.js';
import { Scene } from './journaled-log-kit.js';
import { cleanUp, note, noteValues } from './test-kit.js';

afterEach(cleanUp);

const copied = (log: JournaledLog, values: readonly string[]) =>
  vi.waitFor(async () => expect(await noteValues(log)).toEqual(values), { interval: 2 });
const troubled = (scene: Scene, log: JournaledLog, kind: string) =>
  vi.waitFor(() => {
    scene.clock.advance(limits.topicLookMs);
    expect([...log.troubles.values()].map((one) => one.kind)).toContain(kind);
  });

async function withGap(): Promise<{ scene: Scene; log: JournaledLog }> {
  const scene = new Scene();
  const log = await scene.open();
  await log.append([note('a')]);
  scene.cluster.holdReading();
  scene.write('b', 'c', 'd');
  scene.cluster.change('notes:0', (of) => of.deleteBefore(3n));
  scene.cluster.releaseReading();
  await troubled(scene, log, 'gap');
  return { scene, log };
}

/** `a` is common, `b` and `c` were read and lost, and `x` stands where `b` did. */
async function truncated(): Promise<{ scene: Scene; log: JournaledLog }> {
  const scene = new Scene();
  const log = await scene.open();
  scene.write('a', 'b', 'c');
  await copied(log, ['a', 'b', 'c']);
  scene.cluster.change('notes:0', (of) => of.truncate(1n));
  await troubled(scene, log, 'truncated');
  return { scene, log };
}

describe('a gap that is accepted', () => {
  it('is over at once: reading goes on at the first record that is kept', async () => {
    const { log } = await withGap();
    expect(await log.accept('notes:0', 'gap')).toBe('now');
    expect(log.troubles.size).toBe(0);
    await copied(log, ['a', 'd']);
    await log.append([note('e')]);
  });

  it('stays accepted over a restart that comes before anything was read', async () => {
    const { scene, log } = await withGap();
    scene.cluster.holdReading();
    await log.accept('notes:0', 'gap');
    await log.close();
    scene.cluster.releaseReading();
    const again = await scene.open();
    expect(again.troubles.size).toBe(0);
    await copied(again, ['a', 'd']);
  });
});

describe('a truncation that is accepted', () => {
  it('is done at the next start: the journal forgets what the log has lost', async () => {
    const { scene, log } = await truncated();
    expect(await log.accept('notes:0', 'truncated')).toBe('at_next_start');
    expect(await noteValues(log)).toEqual(['a', 'b', 'c']);
    await log.close();
    const again = await scene.open();
    scene.write('x');
    await copied(again, ['a', 'x']);
    expect(again.troubles.size).toBe(0);
    expect(scene.kinds()).toContain('acceptance_carried_out');
  });

  it('leaves positions in what was lost out of history, before and after something new has come', async () => {
    const { scene, log } = await truncated();
    const lost = { leaderEpoch: log.epochs.epochOf('notes:0', 2n), offset: 2n };
    await log.accept('notes:0', 'truncated');
    await log.close();
    const again = await scene.open();
    expect(isInHistory(again.epochs, 'notes:0', lost)).toBe(false);
    expect(isInHistory(again.epochs, 'notes:0', { ...lost, offset: 0n })).toBe(true);
    const [position] = await again.append([note('x')]);
    expect(position).toMatchObject({ offset: 1n, leaderEpoch: 1 });
    expect(isInHistory(again.epochs, 'notes:0', lost)).toBe(false);
    expect(isInHistory(again.epochs, 'notes:0', { leaderEpoch: 1, offset: 1n })).toBe(true);
  });

  it('keeps them out over any number of starts in which nothing new comes', async () => {
    const { scene, log } = await truncated();
    const lost = { leaderEpoch: log.epochs.epochOf('notes:0', 2n), offset: 2n };
    await log.accept('notes:0', 'truncated');
    await log.close();
    for (let start = 0; start < 3; start++) {
      const again = await scene.open();
      expect(isInHistory(again.epochs, 'notes:0', lost)).toBe(false);
      expect(isInHistory(again.epochs, 'notes:0', { ...lost, offset: 0n })).toBe(true);
      await again.close();
    }
    const last = await scene.open();
    expect(await last.append([note('x')])).toMatchObject([{ offset: 1n, leaderEpoch: 1 }]);
    expect(isInHistory(last.epochs, 'notes:0', { leaderEpoch: 1, offset: 1n })).toBe(true);
    expect(isInHistory(last.epochs, 'notes:0', lost)).toBe(false);
  });

  it('says nothing of a topic that was made again since', async () => {
    const { scene, log } = await truncated();
    await log.accept('notes:0', 'truncated');
    await log.close();
    await (await scene.open()).close();
    scene.cluster.recreateTopic('notes');
    const other = await scene.open();
    await other.accept('notes:0', 'recreated');
    await other.close();
    expect(await (await scene.open()).append([note('x')])).toMatchObject([{ offset: 0n, leaderEpoch: 0 }]);
  });

  it('is done where only the marker of a transaction was lost, and a record stands in its place', async () => {
    const scene = new Scene();
    const log = await scene.open();
    const transaction = scene.cluster.begin();
    transaction.append([note('a')]);
    transaction.commit();
    const isPast = async () => expect([...(await log.ends()), log.troubles.size]).toEqual([['notes:0', 2n], 0]);
    await vi.waitFor(isPast);
    await log.commit(new Map());
    scene.cluster.change('notes:0', (of) => of.truncate(1n));
    await troubled(scene, log, 'truncated');
    await log.accept('notes:0', 'truncated');
    await log.close();
    scene.write('x', 'y');
    const again = await scene.open();
    await copied(again, ['a', 'x', 'y']);
    expect(again.troubles.size).toBe(0);
  });

  it('is not done when the log has lost more meanwhile', async () => {
    const { scene, log } = await truncated();
    await log.accept('notes:0', 'truncated');
    await log.close();
    scene.cluster.change('notes:0', (of) => of.truncate(0n));
    const again = await scene.open();
    expect(again.troubles.get('notes:0')).toEqual({ kind: 'truncated', from: 0n });
    expect(await noteValues(again)).toEqual(['a', 'b', 'c']);
    expect(scene.kinds()).toContain('acceptance_outdated');
  });
});

describe('a topic that is accepted', () => {
  it('takes the place of the one it was made again for, with the next ordinal', async () => {
    const scene = new Scene();
    const log = await scene.open();
    await log.append([note('old')]);
    const { incarnationId: id } = scene.cluster.recreateTopic('notes');
    await troubled(scene, log, 'recreated');
    expect(await log.accept('notes:0', 'recreated')).toBe('at_next_start');
    await log.close();
    const again = await scene.open();
    expect(again.topics()).toEqual([{ name: 'notes', incarnation: { id, ordinal: 2 }, partitions: 1 }]);
    expect(await again.append([note('new')])).toMatchObject([{ offset: 0n, incarnation: { ordinal: 2 } }]);
    expect(await noteValues(again)).toEqual(['new']);
  });

  it('is not accepted when it was made again once more', async () => {
    const scene = new Scene();
    const log = await scene.open();
    await log.append([note('old')]);
    scene.cluster.recreateTopic('notes');
    await troubled(scene, log, 'recreated');
    await log.accept('notes:0', 'recreated');
    await log.close();
    scene.cluster.recreateTopic('notes');
    const again = await scene.open();
    expect(again.troubles.get('notes:0')?.kind).toBe('recreated');
    expect(await noteValues(again)).toEqual(['old']);
  });

  it('has its new partitions read from their beginning', async () => {
    const scene = new Scene();
    const log = await scene.open();
    await log.append([note('a')]);
    scene.cluster.addPartitions('notes', 1);
    await troubled(scene, log, 'new_partition');
    expect(await log.accept('notes:1', 'new_partition')).toBe('at_next_start');
    await log.close();
    const again = await scene.open();
    expect(again.topics()).toMatchObject([{ partitions: 2, incarnation: { ordinal: 1 } }]);
    expect(again.troubles.size).toBe(0);
    expect([...(await again.starts()).keys()]).toEqual(['notes:0', 'notes:1']);
    expect(await noteValues(again)).toEqual(['a']);
  });
});

describe('accepting what was seen', () => {
  it('is done where it is still so, and refused with what is there where it has changed since', async () => {
    const { log } = await withGap();
    await expect(log.accept('notes:0', 'gap', { from: '1', to: '2' })).rejects.toMatchObject({
      code: 'nothing_to_accept',
      facts: { now: ['from=1', 'to=3'] },
    });
    expect(log.troubles.size).toBe(1);
    expect(await log.accept('notes:0', 'gap', { from: '1', to: '3' })).toBe('now');
  });

  it('is refused for a topic that was made again once more', async () => {
    const scene = new Scene();
    const log = await scene.open();
    const { incarnationId: is } = scene.cluster.recreateTopic('notes');
    await troubled(scene, log, 'recreated');
    const [, trouble] = [...log.troubles][0] ?? [];
    const seen = { was: trouble?.kind === 'recreated' ? trouble.was : '', is };
    const { incarnationId: now } = scene.cluster.recreateTopic('notes');
    await vi.waitFor(() => {
      scene.clock.advance(limits.topicLookMs);
      expect(log.troubles.get('notes:0')).toMatchObject({ is: now });
    });
    await expect(log.accept('notes:0', 'recreated', seen)).rejects.toMatchObject({
      facts: { now: [`was=${seen.was}`, `is=${now}`] },
    });
    expect(await log.accept('notes:0', 'recreated', { ...seen, is: now })).toBe('at_next_start');
  });

  it('takes no partitions over by which a topic has grown since', async () => {
    const scene = new Scene();
    const log = await scene.open();
    scene.cluster.addPartitions('notes', 1);
    await troubled(scene, log, 'new_partition');
    await log.accept('notes:1', 'new_partition', { partitions: '2' });
    await log.close();
    scene.cluster.addPartitions('notes', 1);
    const again = await scene.open();
    expect(scene.kinds()).toContain('acceptance_outdated');
    expect(again.topics()).toMatchObject([{ partitions: 1 }]);
    expect(again.troubles.get('notes:1')).toEqual({ kind: 'new_partition', partitions: 3 });
  });
});

describe('accepting', () => {
  it('is refused for a partition by which an own topic has grown: it is read from its first one only', async () => {
    const scene = new Scene();
    const log = await scene.open({ ownTopics: ['notes'] });
    scene.cluster.addPartitions('notes', 1);
    await troubled(scene, log, 'new_partition');
    await expect(log.accept('notes:1', 'new_partition')).rejects.toMatchObject({
      code: 'nothing_to_accept',
      message: expect.stringContaining('one partition'),
    });
  });

  it('is refused where there is no such trouble', async () => {
    const { log } = await withGap();
    for (const kind of ['truncated', 'recreated', 'new_partition'] as const) {
      await expect(log.accept('notes:0', kind)).rejects.toMatchObject({ code: 'nothing_to_accept' });
    }
    await expect(log.accept('notes:7', 'gap')).rejects.toMatchObject({ code: 'nothing_to_accept' });
    await log.accept('notes:0', 'gap');
    await expect(log.accept('notes:0', 'gap')).rejects.toMatchObject({ code: 'nothing_to_accept' });
  });

  it('is refused once the log is closed', async () => {
    const { log } = await withGap();
    await log.close();
    await expect(log.accept('notes:0', 'gap')).rejects.toMatchObject({ code: 'stopping' });
  });
});
