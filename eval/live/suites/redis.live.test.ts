/** The demo world with its state in Redis: beside a broker with an index in memory, and as the one instance on an embedded log. */
import { afterAll, beforeAll, describe } from 'vitest';
import { ScratchFolder } from '../../flow/file-log.test-support.js';
import { size } from '../../prove/settings.js';
import { tourContract } from '../../streams/demo-world/tour.contract.js';
import { trapContract } from '../../streams/demo-world/traps.contract.js';
import { kafkaServers, redisMissing, redisUrl } from '../settings.js';
import { LiveEngines, missingOf } from './engines.test-support.js';
import { KafkaLogs, serviceLog } from './kafka-logs.test-support.js';

const missing = missingOf(['kafka', 'redis']);
const onKafka = 'on Kafka, Redis and an index in memory';

describe.skipIf(missing !== undefined)(`the demo world ${onKafka} (${missing ?? 'all there'})`, () => {
  let logs: KafkaLogs;
  let engines: LiveEngines;
  beforeAll(async () => {
    engines = await LiveEngines.open({ redis: redisUrl() ?? '' });
    logs = await KafkaLogs.open(kafkaServers());
  });
  afterAll(async () => {
    await logs?.close();
    await engines?.close();
  });

  const makeHome = () => engines.beside(() => logs.make(serviceLog))();
  trapContract(onKafka, makeHome, ScratchFolder.make);
  tourContract(onKafka, makeHome, ScratchFolder.make);
});

const embedded = 'on an embedded log and Redis';
describe.skipIf(redisUrl() === undefined)(`the demo world ${embedded} (${redisMissing()})`, () => {
  let engines: LiveEngines;
  beforeAll(async () => {
    engines = await LiveEngines.open({ redis: redisUrl() ?? '' });
  });
  afterAll(() => engines?.close());

  const makeHome = () => engines.beside(ScratchFolder.make)();
  tourContract(embedded, makeHome, ScratchFolder.make);
  // At every run the log is asked for its part elsewhere, and so is Redis.
  describe.skipIf(size(0, 1) === 0)('trapped (needs the full size: npm run prove -- --full)', () => {
    trapContract(embedded, makeHome, ScratchFolder.make);
  });
});
