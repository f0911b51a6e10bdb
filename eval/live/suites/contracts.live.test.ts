/** The contracts of the event log, its rejected events and the audit log, as the embedded log keeps them, on a real broker. */
import { afterAll, beforeAll, describe } from 'vitest';
import { unsyncedFiles } from '../../../connectors/file/test-kit.js';
import { auditLogContract } from '../../../src/audit/contract.js';
import { auditSubject, auditSubjectTopics } from '../../../src/audit/log-audit.test-support.js';
import { systemClock } from '../../../src/domain/clock.js';
import { eventLogContract } from '../../../src/log/contract.js';
import { rejectedContract } from '../../../src/log/rejected.contract.js';
import { rejectedSubject, rejectedSubjectTopics } from '../../../src/log/rejected-log.test-support.js';
import { retentionContract } from '../../../src/log/retention.contract.js';
import { kafkaMissing, kafkaServers, kafkaUrl } from '../settings.js';
import { type KafkaLogPlan, KafkaLogs } from './kafka-logs.test-support.js';

describe.skipIf(kafkaUrl() === undefined)(`the contracts of the log on Kafka (${kafkaMissing()})`, () => {
  let logs: KafkaLogs;
  beforeAll(async () => {
    logs = await KafkaLogs.open(kafkaServers());
  });
  afterAll(() => logs?.close());

  const open = async (plan: KafkaLogPlan) => (await logs.make(plan)).open();

  eventLogContract('JournaledLog over Kafka', (topics) => open({ topics }));
  // Of the journal: what the broker keeps is its owners' affair. Segments roll within ten records, as the contract has it.
  retentionContract('JournaledLog over Kafka', (topics, stamp) => {
    return open({ topics, stamp, options: { files: unsyncedFiles, segmentBytesMax: 700 } });
  });
  rejectedContract('the rejected events on a topic of Kafka', async () => {
    const topics = rejectedSubjectTopics;
    return rejectedSubject(await open({ topics }), systemClock);
  });
  auditLogContract('the audit log on a topic of Kafka', async () => {
    return auditSubject(await open({ topics: auditSubjectTopics }));
  });
});
