/**
 * P5 on real engines: what was released by a service on Kafka, and by one on Kafka, Redis and Qdrant, another process and a service opened
 * again replay from its journal.
 */
import { afterAll, beforeAll, describe } from 'vitest';
import type { TopicMap } from '../../../src/log/topics.js';
import { ensureBuilt, Server } from '../../processes/server.test-support.js';
import { againLine, seed, size } from '../../prove/settings.js';
import { matchContract } from '../../replays/match.contract.js';
import { type Recorded, record } from '../../replays/recording.test-support.js';
import { serviceSettings } from '../service.test-support.js';
import { kafkaServers, kafkaUrl, qdrantUrl, redisUrl } from '../settings.js';
import { LiveEngines, missingOf, type StoreSettings, storesOf } from './engines.test-support.js';
import { type KafkaHome, KafkaLogs } from './kafka-logs.test-support.js';

const count = size(50, 1_000);
const again = againLine('--config vitest.live.config.ts eval/live/suites/replays');

const sets = [
  { name: 'Kafka', missing: missingOf(['kafka']), engines: async () => null },
  {
    name: 'Kafka, Redis and Qdrant',
    missing: missingOf(['kafka', 'redis', 'qdrant']),
    engines: () => LiveEngines.open({ redis: redisUrl() ?? '', qdrant: qdrantUrl() ?? '' }),
  },
];

describe.each(sets)('replays on $name', (set) => {
  describe.skipIf(set.missing !== undefined)(set.missing ?? 'all there', () => {
    let logs: KafkaLogs;
    let engines: LiveEngines | null;
    let home: KafkaHome;
    let topics: TopicMap;
    let stores: StoreSettings;
    let recorded: readonly Recorded[];
    beforeAll(
      async () => {
        ensureBuilt();
        engines = await set.engines();
        stores = engines?.settings() ?? {};
        logs = await KafkaLogs.open(kafkaServers());
        // Another process is to find them, so they have the names that the broker knows.
        ({ home, topics } = await logs.makeMap());
        recorded = await record({ log: await home.open(), topics, stores: storesOf(stores) }, count, seed());
        await home.close();
      },
      size(60_000, 600_000),
    );
    afterAll(async () => {
      await logs?.close();
      await engines?.close();
    });

    matchContract(`${count} snapshots recorded on ${set.name}`, again, {
      recorded: () => recorded,
      sample: () => recorded,
      topics: () => topics,
      open: () => home.open(),
      start: (given) => {
        const { folder } = home;
        const settings = serviceSettings({ url: kafkaUrl() ?? '', topics, folder, settings: { ...stores, ...given } });
        return Server.start(folder, { settings });
      },
    });
  });
});
