/** The contracts of the event log, its rejected events and the audit log, as the embedded log keeps them, on a real broker. */
import { afterAll, beforeAll, describe } from 'vitest';
import { auditLogContract } from '../../../src/audit/contract.js';
import { auditSubject, auditSubjectTopics } from '../../../src/audit/log-audit.test-support.js';
import { systemClock } from '../../../src/domain/clock.js';
import { eventLogContract } from '../../../src/log/contract.js';
import { rejectedContract } from '../../../src/log/rejected.contract.js';
import { rejectedSubject, rejectedSubjectTopics } from '../../../src/log/rejected-log.test-support.js';
import { kafkaMissing, kafkaServers, kafkaUrl } from '../settings.js';
import { type KafkaLogPlan, KafkaLogs } from './kafka-logs.test-support.js';

describe.skipIf(kafkaUrl() === undefined)(`the contracts of the log on Kafka (${kafkaMissing()})`, () => {
  let logs: KafkaLogs;
  beforeAll(async () => {
    logs = await KafkaLogs.open(kafkaServers());
  });
  afterAll(() => logs.close());

  const open = async (plan: KafkaLogPlan) => (await logs.make(plan)).open();

  eventLogContract('JournaledLog over Kafka', (topics) => open({ topics }));
  rejectedContract('the rejected events on a topic of Kafka', async () => {
    const topics = rejectedSubjectTopics;
    return rejectedSubject(await open({ topics }), systemClock);
  });
  auditLogContract('the audit log on a topic of Kafka', async () => {
    return auditSubject(await open({ topics: auditSubjectTopics }));
  });
});
