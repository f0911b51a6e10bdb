import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { eventually } from '../../eval/live/eventually.test-support.js';
import { kafkaMissing, kafkaUrl } from '../../eval/live/settings.js';
import { partitionKey } from '../../src/domain/position.js';
import { type LiveKafka, liveKafka } from './live.test-support.js';
import { joinAlone } from './membership.js';
import { GroupOwnership } from './ownership.js';

const url = kafkaUrl();
describe.skipIf(url === undefined)(`sharing out partitions (${kafkaMissing()})`, () => {
  let live: LiveKafka;
  let topics: readonly string[];
  const members: GroupOwnership[] = [];
  beforeAll(async () => {
    live = await liveKafka(url ?? '');
    topics = [await live.newTopic(4), await live.newTopic(3)];
  });
  afterEach(async () => {
    await Promise.all(members.splice(0).map((member) => member.leave()));
  });
  afterAll(() => live.close());

  async function join(): Promise<GroupOwnership> {
    const member = await eventually(() => GroupOwnership.join(live.settings, topics));
    members.push(member);
    return member;
  }

  /** Every partition is somebody's, and nobody's else. */
  const settled = (count: number) =>
    eventually(() => {
      const owned = members.map((member) => member.owned());
      expect(owned.flat().sort()).toEqual(
        [4, 3].flatMap((some, t) => Array.from({ length: some }, (_, n) => partitionKey(topics[t] ?? '', n))).sort(),
      );
      expect(owned.filter((keys) => keys.length > 0)).toHaveLength(count);
      expect(members.filter((member) => member.leads())).toHaveLength(1);
    });

  it('gives all to one, shares with the next two, and moves only what was of the one that leaves', async () => {
    const first = await join();
    await settled(1);
    const told = vi.fn();
    first.watch(told);
    await Promise.all([join(), join()]);
    await settled(3);
    expect(told).toHaveBeenCalled();
    const [gone, ...others] = members.splice(0, 3);
    members.push(...others);
    const before = others.map((member) => member.owned());
    await gone?.leave();
    expect(gone?.owned()).toEqual([]);
    await settled(2);
    for (const [index, kept] of before.entries()) {
      expect(members[index]?.owned()).toEqual(expect.arrayContaining([...kept]));
    }
  });

  it('gives what a member cannot apply to one that can, and is still everybody afterwards', async () => {
    const [first, second] = [await join(), await join()];
    await settled(2);
    const [unable] = first.owned();
    if (unable === undefined) throw new Error('both have something');
    first.cannot([unable]);
    await eventually(() => expect(second.owned()).toContain(unable));
    await settled(2);
    expect(first.owned()).not.toContain(unable);
    second.cannot([unable]);
    first.cannot([]);
    await eventually(() => expect(first.owned()).toContain(unable));
    await settled(2);
  });

  it('and an instance with a state of its own keep each other out', async () => {
    await join();
    expect(await joinAlone(live.settings, topics[0] ?? '')).toEqual({ kind: 'others', members: 2 });
    await members.pop()?.leave();
    const alone = await joinAlone(live.settings, topics[0] ?? '');
    expect(alone.kind).toBe('alone');
    await expect(GroupOwnership.join(live.settings, topics)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('whose state is not shared'),
    });
    if (alone.kind === 'alone') await alone.leave();
  });
});
