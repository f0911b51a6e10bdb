import { offsetFetchV8 } from '@platformatic/kafka';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kafkaMissing, kafkaUrl } from '../../eval/live/settings.js';
import type { PartitionKey } from '../../src/domain/position.js';
import { KafkaCommits } from './commits.js';
import { type LiveKafka, liveKafka } from './live.test-support.js';

const url = kafkaUrl();

describe.skipIf(url === undefined)(`offsets committed to Kafka (${kafkaMissing()})`, () => {
  let live: LiveKafka;
  let commits: KafkaCommits;
  beforeAll(async () => {
    live = await liveKafka(url ?? '');
    commits = new KafkaCommits(live.settings);
  });
  afterAll(async () => {
    await commits.close();
    await live.close();
  });

  it('are nothing before the first, and then what was committed', async () => {
    const topics = await live.cluster.describe([await live.newTopic(3), await live.newTopic(1)]);
    const [first = '', second = ''] = topics.map(({ name }) => name);
    expect(await commits.committed(topics)).toEqual(new Map());
    const through = new Map<PartitionKey, bigint>([
      [`${first}:0`, 0n],
      [`${first}:2`, 41n],
      [`${second}:0`, 7n],
    ]);
    await commits.commit(through);
    expect(await commits.committed(topics)).toEqual(through);
  });

  it("are seen by the brokers' tools as the offset to go on at", async () => {
    const topic = await live.newTopic(1);
    await commits.commit(new Map<PartitionKey, bigint>([[`${topic}:0`, 41n]]));
    const seen = await live.admin.fetchOffsets({ groupId: live.settings.groupId, topics: [topic] });
    expect(seen[0]?.partitions[0]?.offset).toBe('42');
  });

  it('carry the epoch of the record, and none when it was not read here', async () => {
    const topic = await live.newTopic(2);
    const own = new KafkaCommits({ ...live.settings, groupId: `${live.settings.groupId}-epochs` });
    own.begin([{ topic, incarnationId: 'any', partition: 0, offset: 42n, leaderEpoch: 7 }]);
    await own.commit(
      new Map<PartitionKey, bigint>([
        [`${topic}:0`, 41n],
        [`${topic}:1`, 41n],
      ]),
    );
    await own.close();
    const groups = [{ groupId: `${live.settings.groupId}-epochs`, memberEpoch: -1, topics: null }];
    const leader = live.cluster.leaderOf(topic, 0) ?? (await live.cluster.describe([topic]))[0]?.leaders[0];
    const answer = await live.cluster.ask<offsetFetchV8.OffsetFetchResponse>(
      leader?.address ?? { host: '', port: 0 },
      (connection, done) => offsetFetchV8.api(connection, groups, true, done),
    );
    const committed = answer.groups.flatMap((group) => group.topics.flatMap(({ partitions }) => partitions));
    const epochs = committed.map((one) => [one.partitionIndex, one.committedLeaderEpoch]);
    expect(epochs.toSorted()).toEqual([
      [0, 7],
      [1, -1],
    ]);
  });

  it('are refused for a topic that is not there', async () => {
    await expect(commits.commit(new Map<PartitionKey, bigint>([['t-missing:0', 1n]]))).rejects.toMatchObject({
      code: 'config_invalid',
    });
  });
});
