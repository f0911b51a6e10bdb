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

  it('are refused for a topic that is not there', async () => {
    await expect(commits.commit(new Map<PartitionKey, bigint>([['t-missing:0', 1n]]))).rejects.toMatchObject({
      code: 'config_invalid',
    });
  });
});
