import { randomUUID } from 'node:crypto';
import { ConfigResourceTypes } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../eval/live/eventually.test-support.js';
import { kafkaMissing, kafkaUrl } from '../../eval/live/settings.js';
import { defaultTopics } from '../../src/log/topics.js';
import { type LiveKafka, liveKafka } from './live.test-support.js';
import { applyTopics, planOnCluster, wantedTopics } from './topics.js';

const url = kafkaUrl();

describe.skipIf(url === undefined)(`topics applied to Kafka (${kafkaMissing()})`, () => {
  let live: LiveKafka;
  const wanted = wantedTopics(defaultTopics, {}).map((topic) => ({ ...topic, name: `${topic.name}-${randomUUID()}` }));
  beforeAll(async () => {
    live = await liveKafka(url ?? '');
  });
  afterAll(async () => {
    await live.admin.deleteTopics({ topics: wanted.map(({ name }) => name) });
    await live.close();
  });

  it('are made, and a second time nothing is left to do', async () => {
    expect(new Set((await applyTopics(live.settings, wanted)).map(({ action }) => action))).toEqual(
      new Set(['create']),
    );
    expect(new Set((await planOnCluster(live.settings, wanted)).map(({ action }) => action))).toEqual(
      new Set(['none']),
    );
  });

  it('are altered without losing what else was set of them', async () => {
    const topic = await live.newTopic(1, { 'retention.ms': '1000', 'max.message.bytes': '4000' });
    const own = { ...wanted.filter(({ isOwn }) => isOwn)[0], name: topic };
    const steps = await applyTopics(live.settings, [
      { partitions: 1, replication: undefined, isOwn: true, configs: {}, ...own },
    ]);
    expect(steps[0]).toMatchObject({ action: 'alter', what: 'retention.ms=-1' });
    // A broker tells what it was told itself, which is a moment after the controller has taken the change.
    await eventually(async () => {
      const { resources } = await live.admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
      });
      const values = new Map(resources[0]?.configEntries.map((entry) => [entry.configName, entry.configValue]));
      expect([values.get('retention.ms'), values.get('max.message.bytes')]).toEqual(['-1', '4000']);
    });
  });
});
