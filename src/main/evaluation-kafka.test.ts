import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MemoryRemote } from '../../connectors/memory/remote.js';
import { MemoryCluster } from '../../connectors/memory/remote-cluster.js';
import { inFolder } from '../../eval/harness/run.test-support.js';
import { positionTextOf } from '../../eval/streams/source.js';
import { partitionKey } from '../domain/position.js';
import { defaultTopics } from '../log/topics.js';
import { type Range, rangeSource } from './evaluation-kafka.js';
import { RunEnds } from './run-ends.js';

/** Three records in each of two partitions, taken in turn. */
function cluster(): MemoryCluster {
  const made = new MemoryCluster(() => 0);
  made.createTopic('support.policies', 2);
  for (const [index, partition] of [0, 1, 0, 1, 0, 1].entries()) {
    const content = { timestampMs: 1_000 + index, key: null, headers: [], value: Buffer.from(`${index}`) };
    made.produce(partitionKey('support.policies', partition), content);
  }
  return made;
}

async function positionsIn(range: Range): Promise<readonly string[]> {
  const source = await rangeSource(new MemoryRemote(cluster()), defaultTopics, range);
  const positions: string[] = [];
  for await (const { position } of source.entries())
    if (position !== undefined) positions.push(positionTextOf(position));
  await source.close?.();
  return positions;
}

describe('a range of Kafka topics', () => {
  it('is read through all partitions by when their records were taken, and ends', async () => {
    const all = ['0:0', '1:0', '0:1', '1:1', '0:2', '1:2'];
    expect(await positionsIn({ from: {}, to: {} })).toEqual(all.map((one) => `support.policies:${one}`));
  });

  it('has both of its ends, and whole the partitions that it does not name', async () => {
    const named = { from: { 'support.policies:0': '1' }, to: { 'support.policies:0': '1' } };
    const expected = ['1:0', '0:1', '1:1', '1:2'].map((one) => `support.policies:${one}`);
    expect(await positionsIn(named)).toEqual(expected);
  });

  it('ends for a run that goes on where it ended when that began, though the topic has grown', async () => {
    await inFolder(async (folder) => {
      const [path, grown] = [join(folder, 'ends.json'), cluster()];
      const sourceWith = (ends: RunEnds) =>
        rangeSource(new MemoryRemote(grown), defaultTopics, { from: {}, to: {}, ends });
      const begun = await sourceWith(RunEnds.begin(path));
      grown.produce(partitionKey('support.policies', 0), { timestampMs: 9, key: null, headers: [], value: null });
      expect((await sourceWith(RunEnds.resume(path))).name).toBe(begun.name);
      expect((await sourceWith(RunEnds.begin(path))).name).not.toBe(begun.name);
    });
  });

  it.each([
    [
      { from: {}, to: { 'support.policies:0': '31' } },
      '"to" of support.policies:0 is 31, and the partition ends before 3',
    ],
    [
      { from: { 'support.policies:0': '3' }, to: {} },
      '"from" of support.policies:0 is 3, and the partition ends before 3',
    ],
    [
      { from: { 'support.policies:0': '2' }, to: { 'support.policies:0': '1' } },
      'the range of support.policies:0 begins at 2 and ends before it, at 1',
    ],
  ])('that is not there is refused and not cut: %j', async (range, message) => {
    await expect(positionsIn(range)).rejects.toMatchObject({ code: 'suite_invalid', message });
  });

  it('of a partition that the cluster does not have is one clear line', async () => {
    const message = 'the cluster has no partition support.policies:7';
    await expect(positionsIn({ from: { 'support.policies:7': '1' }, to: {} })).rejects.toMatchObject({ message });
  });
});
