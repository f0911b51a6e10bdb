/** The demo world on a real broker: its traps and its tour, with the verdicts and the contents that the embedded log gives. */
import { afterAll, beforeAll, describe } from 'vitest';
import { ScratchFolder } from '../../flow/file-log.test-support.js';
import { tourContract } from '../../streams/demo-world/tour.contract.js';
import { trapContract } from '../../streams/demo-world/traps.contract.js';
import { kafkaMissing, kafkaServers, kafkaUrl } from '../settings.js';
import { KafkaLogs, serviceLog } from './kafka-logs.test-support.js';

describe.skipIf(kafkaUrl() === undefined)(`the demo world (${kafkaMissing()})`, () => {
  let logs: KafkaLogs;
  beforeAll(async () => {
    logs = await KafkaLogs.open(kafkaServers());
  });
  afterAll(() => logs?.close());

  trapContract('on Kafka', () => logs.make(serviceLog), ScratchFolder.make);
  tourContract('on Kafka', () => logs.make(serviceLog), ScratchFolder.make);
});
