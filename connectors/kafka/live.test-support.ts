/** What live tests of this connector share: topics of their own on the broker they are given. */
import { randomUUID } from 'node:crypto';
import { type Admin, Kafka } from 'kafkajs';
import { readLogAddress } from '../../src/config/addresses.js';
import type { NewRecord } from '../../src/log/port.js';
import { Cluster } from './cluster.js';
import { KafkaProducer } from './producer.js';
import { KafkaSender } from './sender.js';
import { type KafkaSettings, kafkajsOptions } from './settings.js';

export interface LiveKafka {
  readonly settings: KafkaSettings;
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly cluster: Cluster;
  readonly producer: KafkaProducer;
  /** A topic nobody else has. */
  newTopic(partitions: number, configs?: Readonly<Record<string, string>>): Promise<string>;
  close(): Promise<void>;
}

export function brokersOf(url: string): readonly string[] {
  const reading = readLogAddress(url);
  if (!reading.ok || reading.address.kind !== 'kafka') throw new Error(`${url} is no cluster`);
  return reading.address.brokers;
}

export function liveSettings(url: string): KafkaSettings {
  return { brokers: brokersOf(url), clientId: 'tidemark-test', groupId: `g-${randomUUID()}` };
}

export async function liveKafka(url: string): Promise<LiveKafka> {
  const settings = liveSettings(url);
  const kafka = new Kafka(kafkajsOptions(settings));
  const admin = kafka.admin();
  await admin.connect();
  const cluster = await Cluster.connect(settings);
  const sender = new KafkaSender(cluster);
  const producer = new KafkaProducer(
    (outgoing) => sender.send(outgoing),
    async (topic) => cluster.topic(topic)?.partitions ?? (await cluster.describe([topic]))[0]?.partitions ?? 0,
  );
  const made: string[] = [];
  return {
    settings,
    kafka,
    admin,
    cluster,
    producer,
    newTopic: async (numPartitions, configs = {}) => {
      const topic = `t-${randomUUID()}`;
      const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }));
      await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions, configEntries }] });
      made.push(topic);
      return topic;
    },
    close: async () => {
      await producer.drain();
      sender.close();
      cluster.close();
      if (made.length > 0) await admin.deleteTopics({ topics: made });
      await admin.disconnect();
    },
  };
}

export function textRecord(topic: string, key: string | null, value: string): NewRecord {
  return { topic, key: key === null ? null : Buffer.from(key), headers: [], value: Buffer.from(value) };
}
