/** Topics on a real broker, what other clients write to them, and readings of them that end when enough was read. */
import { randomUUID } from 'node:crypto';
import { type Admin, Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import type { ReadPoint, RemoteNews, RemoteRecord } from '../../src/log/remote-port.js';
import type { PartitionTrouble } from '../../src/log/trouble.js';
import { Cluster } from './cluster.js';
import { type FollowOptions, follow, type Retry } from './follow.js';
import { epochEndOf, marksOf } from './probe.js';
import type { KafkaSettings } from './settings.js';

const READ_WITHIN_MS = 30_000;

export interface Seen {
  readonly records: RemoteRecord[];
  readonly nextOffsets: Map<number, bigint>;
  readonly troubles: PartitionTrouble[];
  readonly retries: Retry[];
  /** Largest number of records that came at once. */
  sliceRecords: number;
}

export class LiveKafka {
  readonly kafka: Kafka;
  private readonly producers: Producer[] = [];

  private constructor(
    readonly cluster: Cluster,
    readonly admin: Admin,
    servers: readonly string[],
  ) {
    this.kafka = new Kafka({ clientId: 'tidemark-test', brokers: [...servers], logLevel: logLevel.NOTHING });
  }

  static async open(servers: readonly string[]): Promise<LiveKafka> {
    const settings: KafkaSettings = { brokers: servers, clientId: 'tidemark-test', groupId: 'tidemark-test' };
    const cluster = await Cluster.connect(settings);
    const admin = new Kafka({ clientId: 'tidemark-test', brokers: [...servers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    return new LiveKafka(cluster, admin, servers);
  }

  async close(): Promise<void> {
    await Promise.all([this.admin.disconnect(), ...this.producers.map((producer) => producer.disconnect())]);
    this.cluster.close();
  }

  /** Makes a topic, by default of a name of its own, and resolves once its partitions have leaders. */
  async makeTopic(partitions = 1, name = `follow-${randomUUID()}`): Promise<ReadPoint> {
    await this.admin.createTopics({ topics: [{ topic: name, numPartitions: partitions }], waitForLeaders: true });
    const [topic] = await this.cluster.describe([name]);
    if (topic === undefined) throw new Error('the topic that was made is not there');
    return { topic: name, incarnationId: topic.incarnationId, partition: 0, offset: 0n, leaderEpoch: null };
  }

  /** Deletes the topic and makes another one of its name, with a record. */
  async remake(point: ReadPoint): Promise<void> {
    await this.admin.deleteTopics({ topics: [point.topic] });
    await this.send(await this.makeTopic(1, point.topic), 'new');
  }

  async deleteBefore({ topic, partition }: Pick<ReadPoint, 'topic' | 'partition'>, offset: string): Promise<void> {
    // The client finds no leader for a topic that it has not asked about before.
    await this.admin.fetchTopicOffsets(topic);
    await this.admin.deleteTopicRecords({ topic, partitions: [{ partition, offset }] });
  }

  async producer(transactionalId?: string): Promise<Producer> {
    const idempotent =
      transactionalId === undefined ? {} : { transactionalId, idempotent: true, maxInFlightRequests: 1 };
    const producer = this.kafka.producer({ ...idempotent, createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    this.producers.push(producer);
    return producer;
  }

  async send(point: ReadPoint, ...values: readonly string[]): Promise<void> {
    const [producer = await this.producer()] = this.producers;
    const messages = values.map((value) => ({ value, partition: point.partition }));
    await producer.send({ topic: point.topic, messages });
  }

  /** Follows until `enough`; rejects when that takes too long. */
  async read(from: readonly ReadPoint[], enough: (seen: Seen) => boolean): Promise<Seen> {
    const stop = new AbortController();
    const late = setTimeout(() => stop.abort(new Error('nothing came for too long')), READ_WITHIN_MS);
    const seen: Seen = { records: [], nextOffsets: new Map(), troubles: [], retries: [], sliceRecords: 0 };
    const options = this.options(stop.signal, seen.retries);
    try {
      for await (const news of follow(from, options)) {
        take(seen, news);
        if (enough(seen)) return seen;
      }
    } finally {
      clearTimeout(late);
    }
    throw new Error(
      `not enough was read: ${seen.records.length} records, ${seen.retries.map(({ why }) => why).join()}`,
    );
  }

  options(signal: AbortSignal, retries: Retry[]): FollowOptions {
    const { cluster } = this;
    const probe: FollowOptions['probe'] = {
      marks: (topics) => marksOf(cluster, topics),
      epochEnd: (at, leaderEpoch) => epochEndOf(cluster, at, leaderEpoch),
    };
    return { cluster, probe, settings: cluster.settings, signal, onRetry: (retry) => retries.push(retry) };
  }
}

function take(seen: Seen, news: RemoteNews): void {
  if (news.kind === 'trouble') {
    seen.troubles.push(news.trouble);
    return;
  }
  seen.records.push(...news.records);
  seen.nextOffsets.set(news.partition, news.nextOffset);
  seen.sliceRecords = Math.max(seen.sliceRecords, news.records.length);
}

export function values({ records }: Seen): readonly string[] {
  return records.map(({ value }) => (value === null ? 'null' : Buffer.from(value).toString()));
}

export const troubled = ({ troubles }: Seen): boolean => troubles.length > 0;

export function reached(offset: bigint, partition = 0): (seen: Seen) => boolean {
  return ({ nextOffsets }) => (nextOffsets.get(partition) ?? -1n) >= offset;
}
