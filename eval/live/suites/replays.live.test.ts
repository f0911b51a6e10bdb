/** P5 on a real broker: what was released by a service on Kafka, another process and a service opened again replay from its journal. */
import { afterAll, beforeAll, describe } from 'vitest';
import type { TopicMap } from '../../../src/log/topics.js';
import { ensureBuilt, Server } from '../../processes/server.test-support.js';
import { againLine, seed, size } from '../../prove/settings.js';
import { matchContract } from '../../replays/match.contract.js';
import { type Recorded, record } from '../../replays/recording.test-support.js';
import { serviceSettings } from '../service.test-support.js';
import { kafkaMissing, kafkaServers, kafkaUrl } from '../settings.js';
import { type KafkaHome, KafkaLogs } from './kafka-logs.test-support.js';

const count = size(50, 1_000);
const again = againLine('--config vitest.live.config.ts eval/live/suites/replays');

describe.skipIf(kafkaUrl() === undefined)(`replays (${kafkaMissing()})`, () => {
  let logs: KafkaLogs;
  let home: KafkaHome;
  let topics: TopicMap;
  let recorded: readonly Recorded[];
  beforeAll(
    async () => {
      ensureBuilt();
      logs = await KafkaLogs.open(kafkaServers());
      // Another process is to find them, so they have the names that the broker knows.
      ({ home, topics } = await logs.makeMap());
      recorded = await record({ log: await home.open(), topics }, count, seed());
      await home.close();
    },
    size(60_000, 600_000),
  );
  afterAll(() => logs?.close());

  matchContract(`${count} snapshots recorded on Kafka`, again, {
    recorded: () => recorded,
    sample: () => recorded,
    topics: () => topics,
    open: () => home.open(),
    start: (settings) => {
      const { folder } = home;
      return Server.start(folder, { settings: serviceSettings({ url: kafkaUrl() ?? '', topics, folder, settings }) });
    },
  });
});
