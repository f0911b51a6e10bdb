/** The bank of tau2-bench on a real broker, produced by a client that knows nothing of us, and answered from as from a folder. */
import { type Message, Partitioners } from 'kafkajs';
import { afterAll, beforeAll, describe } from 'vitest';
import { kindNames } from '../../../src/domain/kinds/index.js';
import { recordKey } from '../../../src/domain/record-key.js';
import { topicAbout } from '../../../src/log/topics.js';
import { ScratchFolder } from '../../flow/file-log.test-support.js';
import type { Flow } from '../../flow/service.test-support.js';
import type { EventEntry } from '../../streams/stream.js';
import { bankContract } from '../../streams/tau-banking.contract.js';
import { kafkaMissing, kafkaServers, kafkaUrl } from '../settings.js';
import { kafkaClient } from '../topics.js';
import { type KafkaHome, KafkaLogs, serviceLog } from './kafka-logs.test-support.js';

const BATCH = 200;

function messageOf({ tenant, event }: EventEntry): Message {
  const headers = { 'content-type': 'application/cloudevents+json' };
  return { key: Buffer.from(recordKey(tenant, event.subject)), value: JSON.stringify(event), headers };
}

/** Structured CloudEvents under the key of their entity, in the order of the stream. */
async function produce({ service }: Flow, entries: readonly EventEntry[], { prefix }: KafkaHome): Promise<number> {
  const producer = kafkaClient(kafkaServers()).producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  for (let from = 0; from < entries.length; from += BATCH) {
    const batch = entries.slice(from, from + BATCH);
    const topicMessages = kindNames.map((kind) => ({
      topic: `${prefix}${topicAbout(service.engines.topics, kind).name}`,
      messages: batch.filter(({ topicKind }) => topicKind === kind).map(messageOf),
    }));
    await producer.sendBatch({ topicMessages });
  }
  await producer.disconnect();
  return entries.length;
}

describe.skipIf(kafkaUrl() === undefined)(`the bank (${kafkaMissing()})`, () => {
  let logs: KafkaLogs;
  let home: KafkaHome;
  beforeAll(async () => {
    logs = await KafkaLogs.open(kafkaServers());
  });
  afterAll(() => logs?.close());

  bankContract('on Kafka', {
    makeHome: async () => {
      home = await logs.make(serviceLog);
      return home;
    },
    feed: (flow, entries) => produce(flow, entries, home),
    like: ScratchFolder.make,
  });
});
