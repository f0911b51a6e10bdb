/**
 * The demo world and the bank on Kafka, Redis and Qdrant: by words alone, and with an embedder, whose vectors Qdrant then searches. Qdrant
 * is its engine behind a test shim, or the server where QDRANT_URL names one.
 */
import { afterAll, beforeAll, describe } from 'vitest';
import { ScratchFolder } from '../../flow/file-log.test-support.js';
import { size } from '../../prove/settings.js';
import { tourContract } from '../../streams/demo-world/tour.contract.js';
import { trapContract } from '../../streams/demo-world/traps.contract.js';
import { bankContract } from '../../streams/tau-banking.contract.js';
import { kafkaServers, qdrantUrl, redisUrl } from '../settings.js';
import { inMemory, LiveEngines, missingOf, openApiCase } from './engines.test-support.js';
import { KafkaLogs, serviceLog } from './kafka-logs.test-support.js';

const missing = missingOf(['kafka', 'redis', 'qdrant']);
const name = 'on Kafka, Redis and Qdrant';
const isFull = size(0, 1) === 1;

const sets = [
  { embedder: {}, how: 'by words' },
  { embedder: { embedder: 'hashing' }, how: 'by words and vectors' },
] as const;

describe.each(sets)('services that retrieve $how', ({ embedder }) => {
  describe.skipIf(missing !== undefined)(`${name} (${missing ?? 'all there'})`, () => {
    let logs: KafkaLogs;
    let engines: LiveEngines;
    beforeAll(async () => {
      engines = await LiveEngines.open({ redis: redisUrl() ?? '', qdrant: qdrantUrl() ?? '', ...embedder });
      logs = await KafkaLogs.open(kafkaServers());
    });
    afterAll(async () => {
      await logs?.close();
      await engines?.close();
    });

    const makeHome = () => engines.beside(() => logs.make(serviceLog))();
    const like = inMemory(ScratchFolder.make, embedder);
    tourContract(name, makeHome, like);
    bankContract(name, { makeHome, like });
    // At every run once: what differs is retrieval, and that is asked most by the bank.
    describe.skipIf('embedder' in embedder && !isFull)(
      'trapped (with vectors needs the full size: npm run prove -- --full)',
      () => {
        trapContract(name, makeHome, like);
      },
    );
    openApiCase(() => engines);
  });
});
