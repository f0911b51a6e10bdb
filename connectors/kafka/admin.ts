/** What is asked of a cluster for whoever administers it, and how it is. */
import { type Admin, Kafka } from 'kafkajs';
import { kafkaError } from './errors.js';
import { type KafkaSettings, kafkajsOptions } from './settings.js';

/** Connects, and disconnects when the work is over. Rejects with `unreachable` or `config_invalid`, and otherwise `log_failed`. */
export async function withAdmin<T>(settings: KafkaSettings, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Kafka(kafkajsOptions(settings)).admin();
  try {
    await admin.connect();
    return await work(admin);
  } catch (error) {
    throw kafkaError(error);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

export type TopicMetadata = Awaited<ReturnType<Admin['fetchTopicMetadata']>>['topics'][number];

/** Those of these topics that there are: asked for by name, one that is not there could be made by the asking. */
export async function topicsThere(admin: Admin, names: readonly string[]): Promise<readonly TopicMetadata[]> {
  const there = new Set(await admin.listTopics());
  const found = names.filter((name) => there.has(name));
  return found.length === 0 ? [] : (await admin.fetchTopicMetadata({ topics: found })).topics;
}

export interface ClusterLook {
  readonly id: string;
  readonly brokers: number;
  /** Those that were asked about, in that order. */
  readonly topics: readonly TopicLook[];
}

export interface TopicLook {
  readonly name: string;
  /** Null: the cluster does not have it. */
  readonly partitions: number | null;
  /** Partitions with fewer copies in step than they should have, and those that nobody leads. */
  readonly underReplicated: number;
  readonly leaderless: number;
}

export function lookAtCluster(settings: KafkaSettings, names: readonly string[]): Promise<ClusterLook> {
  return withAdmin(settings, async (admin) => {
    const { brokers, clusterId } = await admin.describeCluster();
    const found = await topicsThere(admin, names);
    const topics = names.map((name) => lookOf(name, found.find((topic) => topic.name === name)?.partitions));
    return { id: clusterId, brokers: brokers.length, topics };
  });
}

function lookOf(name: string, partitions: TopicMetadata['partitions'] | undefined): TopicLook {
  if (partitions === undefined) return { name, partitions: null, underReplicated: 0, leaderless: 0 };
  return {
    name,
    partitions: partitions.length,
    underReplicated: partitions.filter(({ isr, replicas }) => isr.length < replicas.length).length,
    leaderless: partitions.filter(({ leader }) => leader < 0).length,
  };
}
