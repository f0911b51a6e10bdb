/** A Kafka cluster for whoever administers it: what it has of the configured topics, and making what it lacks. */
import { type Admin, Kafka } from 'kafkajs';
import { kafkaError } from '../../connectors/kafka/errors.js';
import { type KafkaSettings, kafkajsOptions } from '../../connectors/kafka/settings.js';
import { applyTopics, planOnCluster, wantedTopics } from '../../connectors/kafka/topics.js';
import type { Cluster, ClusterFindings, ClusterTopic } from '../cli/composition.js';
import type { KafkaChoice } from '../config/choices.js';
import { type TopicMap, topicsToOpen } from '../log/topics.js';
import { asTried, kafkaSettings } from './kafka.js';

export function kafkaCluster(choice: KafkaChoice, topics: TopicMap): Cluster {
  const settings = kafkaSettings(choice);
  const names = topicsToOpen(topics).map(({ name }) => name);
  const tried = <Result>(work: Promise<Result>) =>
    work.catch((error: unknown) => {
      throw asTried(error);
    });
  return {
    look: () => tried(withAdmin(settings, (admin) => lookAt(admin, names))),
    planTopics: (wish) => tried(planOnCluster(settings, wantedTopics(topics, wish))),
    applyTopics: (wish) => tried(applyTopics(settings, wantedTopics(topics, wish))),
  };
}

/** Connects, and disconnects when the work is over. Rejects with errors of our own. */
async function withAdmin<Result>(settings: KafkaSettings, work: (admin: Admin) => Promise<Result>): Promise<Result> {
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

async function partitionsThere(admin: Admin, names: readonly string[]): Promise<ReadonlyMap<string, Partitions>> {
  const there = new Set(await admin.listTopics());
  const found = names.filter((name) => there.has(name));
  const { topics } = found.length === 0 ? { topics: [] } : await admin.fetchTopicMetadata({ topics: found });
  return new Map(topics.map((topic) => [topic.name, topic.partitions]));
}

async function lookAt(admin: Admin, names: readonly string[]): Promise<ClusterFindings> {
  const { brokers, clusterId } = await admin.describeCluster();
  const byName = await partitionsThere(admin, names);
  return {
    id: clusterId,
    brokers: brokers.length,
    topics: names.map((name) => topicFound(name, byName.get(name))),
  };
}

type Partitions = Awaited<ReturnType<Admin['fetchTopicMetadata']>>['topics'][number]['partitions'];

function topicFound(name: string, partitions: Partitions | undefined): ClusterTopic {
  if (partitions === undefined) return { name, partitions: null, underReplicated: 0, leaderless: 0 };
  return {
    name,
    partitions: partitions.length,
    underReplicated: partitions.filter(({ isr, replicas }) => isr.length < replicas.length).length,
    leaderless: partitions.filter(({ leader }) => leader < 0).length,
  };
}
