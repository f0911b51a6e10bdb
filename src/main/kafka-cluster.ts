/** A Kafka cluster for whoever administers it: what it has of the configured topics, and making what it lacks. */
import { type Admin, Kafka } from 'kafkajs';
import { kafkaError } from '../../connectors/kafka/errors.js';
import { kafkajsOptions } from '../../connectors/kafka/settings.js';
import type { Cluster, ClusterFindings, ClusterTopic, TopicStep, TopicWish } from '../cli/composition.js';
import type { KafkaChoice } from '../config/choices.js';
import { type TopicMap, topicsToOpen } from '../log/topics.js';
import { asTried, kafkaSettings } from './kafka.js';
import { madeSettings, stepFor, type TopicThere, type WishedTopic, wishedTopics } from './kafka-topics.js';

export function kafkaCluster(choice: KafkaChoice, topics: TopicMap): Cluster {
  const administer = <Result>(work: (admin: Admin) => Promise<Result>) => withAdmin(choice, work);
  const names = topicsToOpen(topics).map(({ name }) => name);
  return {
    look: () => administer((admin) => lookAt(admin, names)),
    planTopics: (wish) => administer((admin) => planOf(admin, wishedTopics(topics, wish))),
    applyTopics: (wish) => administer((admin) => applied(admin, wishedTopics(topics, wish), wish)),
  };
}

/** Connects, and disconnects when the work is over. Rejects with errors of our own. */
async function withAdmin<Result>(choice: KafkaChoice, work: (admin: Admin) => Promise<Result>): Promise<Result> {
  const admin = new Kafka(kafkajsOptions(kafkaSettings(choice))).admin();
  try {
    await admin.connect();
    return await work(admin);
  } catch (error) {
    throw asTried(kafkaError(error));
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

async function planOf(admin: Admin, wished: readonly WishedTopic[]): Promise<readonly TopicStep[]> {
  const partitions = await partitionsThere(
    admin,
    wished.map(({ name }) => name),
  );
  const cleanup = await cleanupOf(admin, [...partitions.keys()]);
  return wished.map((topic) => {
    const found = partitions.get(topic.name);
    const there: TopicThere | undefined = found && {
      partitions: found.length,
      cleanup: cleanup.get(topic.name) ?? null,
    };
    return stepFor(topic, there);
  });
}

async function applied(admin: Admin, wished: readonly WishedTopic[], wish: TopicWish): Promise<readonly TopicStep[]> {
  const steps = await planOf(admin, wished);
  const missing = new Set(steps.filter(({ action }) => action === 'create').map(({ topic }) => topic));
  const configEntries = Object.entries(madeSettings).map(([name, value]) => ({ name, value }));
  const topics = wished
    .filter(({ name }) => missing.has(name))
    .map(({ name, partitions }) => ({
      topic: name,
      numPartitions: partitions,
      // -1: as many copies as the brokers make by themselves (KIP-464).
      replicationFactor: wish.replication ?? -1,
      configEntries,
    }));
  if (topics.length > 0) await admin.createTopics({ waitForLeaders: true, topics });
  return steps;
}

/** In the protocol (DescribeConfigs); the client's own name for it cannot be imported from a module. */
const TOPIC_RESOURCE = 2;

/** Of those that we may read the settings of: a plan is made without the others. */
async function cleanupOf(admin: Admin, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (names.length === 0) return new Map();
  const resources = names.map((name) => ({ type: TOPIC_RESOURCE, name, configNames: ['cleanup.policy'] }));
  const described = await admin
    .describeConfigs({ resources, includeSynonyms: false })
    .catch(() => ({ resources: [] as const }));
  return new Map(
    described.resources.flatMap(({ resourceName, configEntries }) => {
      const found = configEntries.find(({ configName }) => configName === 'cleanup.policy');
      return found === undefined ? [] : [[resourceName, found.configValue] as const];
    }),
  );
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
