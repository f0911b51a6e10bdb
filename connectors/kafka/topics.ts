/**
 * What the topics of the configuration should be like on a cluster, what would have to be done, and doing it. Nothing is ever deleted
 * or shrunk, and no partition is added: keys would move, and nothing orders a key's records across partitions.
 */
import kafkajs, { type Admin } from 'kafkajs';
import type { TopicStep, TopicWish } from '../../src/log/topic-plan.js';
import { ownTopics, type TopicMap } from '../../src/log/topics.js';
import { topicsThere, withAdmin } from './admin.js';
import type { KafkaSettings } from './settings.js';

// Node does not see these two among the names that a CommonJS module exports: a test runner does, and the program would not start.
const { ConfigResourceTypes, ConfigSource } = kafkajs;

export interface WantedTopic {
  readonly name: string;
  readonly partitions: number;
  readonly replication: number | undefined;
  /** Ours: dead letters and the audit. The others belong to whoever writes them. */
  readonly isOwn: boolean;
  readonly configs: TopicConfigs;
}

/** Names as Kafka has them: `cleanup.policy`, `retention.ms`. */
export type TopicConfigs = Readonly<Record<string, string>>;

export interface ExistingTopic {
  readonly name: string;
  readonly partitions: number;
  /** In effect, defaults of the broker included. */
  readonly configs: TopicConfigs;
}

/**
 * Nothing expires by itself: a journal that is lost is copied from its topics again. Whoever wants less history in the brokers lowers
 * the retention there; what has been copied stays in the journal as long as its own retention says.
 */
const madeConfigs: TopicConfigs = { 'cleanup.policy': 'delete', 'retention.ms': '-1' };

export function wantedTopics(map: TopicMap, wish: TopicWish): readonly WantedTopic[] {
  const { replication } = wish;
  const sources = map.sources.map(({ name, partitions }) => ({
    ...{ name, partitions: wish.partitions ?? partitions, replication },
    ...{ isOwn: false, configs: madeConfigs },
  }));
  const own = ownTopics(map).map((name) => ({
    ...{ name, partitions: 1, replication },
    ...{ isOwn: true, configs: madeConfigs },
  }));
  return [...sources, ...own];
}

/** One step for each that is wanted, in that order. */
export function planTopics(wanted: readonly WantedTopic[], existing: readonly ExistingTopic[]): readonly TopicStep[] {
  const found = new Map(existing.map((topic) => [topic.name, topic]));
  return wanted.map((topic) => stepOf(topic, found.get(topic.name)));
}

function stepOf(wanted: WantedTopic, existing: ExistingTopic | undefined): TopicStep {
  const { name: topic, partitions } = wanted;
  if (existing === undefined) {
    const copies = wanted.replication === undefined ? '' : `, ${wanted.replication} copies of each`;
    return { topic, action: 'create', what: `${counted(partitions)}${copies}, ${configText(wanted.configs)}` };
  }
  const differences = differencesOf(wanted, existing);
  const due = dueConfigs(wanted, existing);
  if (Object.keys(due).length > 0) {
    const rest = differences.length === 0 ? '' : `; left as it is: ${differences.join('; ')}`;
    return { topic, action: 'alter', what: `${configText(due)}${rest}` };
  }
  if (differences.length > 0) return { topic, action: 'differs', what: differences.join('; ') };
  return { topic, action: 'none', what: `${counted(existing.partitions)}, ${configText(shown(existing))}` };
}

/** Of a topic of ours, what apply sets. Those of others are theirs to set. */
function dueConfigs({ isOwn, configs }: WantedTopic, existing: ExistingTopic): TopicConfigs {
  // Without the right to read them, nobody can say what is due.
  if (!isOwn || Object.keys(existing.configs).length === 0) return {};
  return Object.fromEntries(Object.entries(configs).filter(([name, value]) => existing.configs[name] !== value));
}

function differencesOf({ partitions, isOwn }: WantedTopic, existing: ExistingTopic): readonly string[] {
  const differences: string[] = [];
  // A topic of others has as many as its owner gave it.
  if (isOwn && existing.partitions !== partitions) {
    differences.push(`has ${counted(existing.partitions)}, and its records need one order`);
  }
  if (!isOwn && existing.configs['cleanup.policy']?.includes('compact') === true) {
    differences.push('is compacted, so that changes to an entity that have been overtaken get lost');
  }
  return differences;
}

function counted(partitions: number): string {
  return partitions === 1 ? '1 partition' : `${partitions} partitions`;
}

function shown({ configs }: ExistingTopic): TopicConfigs {
  return Object.fromEntries(Object.entries(configs).filter(([name]) => name in madeConfigs));
}

function configText(configs: TopicConfigs): string {
  return Object.entries(configs)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}

/** What a plan made now says. Rejects with `unreachable` or `config_invalid`. */
export function planOnCluster(settings: KafkaSettings, wanted: readonly WantedTopic[]): Promise<readonly TopicStep[]> {
  return withAdmin(settings, async (admin) => planTopics(wanted, (await existingOf(admin, wanted)).map(effective)));
}

/** Does what a plan made now says, and answers with it. Again: nothing is left to do. */
export function applyTopics(settings: KafkaSettings, wanted: readonly WantedTopic[]): Promise<readonly TopicStep[]> {
  return withAdmin(settings, async (admin) => {
    const found = await existingOf(admin, wanted);
    const steps = planTopics(wanted, found.map(effective));
    const doing = (action: TopicStep['action']) =>
      wanted.filter(({ name }) => steps.some((step) => step.topic === name && step.action === action));
    await create(admin, doing('create'));
    for (const topic of doing('alter')) await alter(admin, topic, found);
    return steps;
  });
}

async function create(admin: Admin, topics: readonly WantedTopic[]): Promise<void> {
  if (topics.length === 0) return;
  await admin.createTopics({
    waitForLeaders: true,
    topics: topics.map(({ name, partitions, replication, configs }) => ({
      topic: name,
      numPartitions: partitions,
      replicationFactor: replication ?? -1,
      configEntries: entriesOf(configs),
    })),
  });
}

/** The client's request replaces everything that was ever set of a topic: what is not meant is sent as it was. */
async function alter(admin: Admin, { name, configs }: WantedTopic, found: readonly FoundTopic[]): Promise<void> {
  const own = found.find((topic) => topic.name === name)?.set ?? {};
  const configEntries = entriesOf({ ...own, ...configs });
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name, configEntries }],
  });
}

function entriesOf(configs: TopicConfigs): { name: string; value: string }[] {
  return Object.entries(configs).map(([name, value]) => ({ name, value }));
}

interface FoundTopic extends ExistingTopic {
  /** Those of its configs that were set of the topic itself. */
  readonly set: TopicConfigs;
}

function effective({ name, partitions, configs }: FoundTopic): ExistingTopic {
  return { name, partitions, configs };
}

async function existingOf(admin: Admin, wanted: readonly WantedTopic[]): Promise<readonly FoundTopic[]> {
  const topics = await topicsThere(
    admin,
    wanted.map(({ name }) => name),
  );
  if (topics.length === 0) return [];
  // Of those that we may read the settings of: a plan is made without the others.
  const { resources } = await admin
    .describeConfigs({
      includeSynonyms: false,
      resources: topics.map(({ name }) => ({ type: ConfigResourceTypes.TOPIC, name })),
    })
    .catch(() => ({ resources: [] as const }));
  return topics.map(({ name, partitions }) => {
    const entries = resources.find(({ resourceName }) => resourceName === name)?.configEntries ?? [];
    const pairs = (some: typeof entries) =>
      Object.fromEntries(some.map(({ configName, configValue }) => [configName, configValue]));
    const set = entries.filter(({ configSource }) => configSource === ConfigSource.TOPIC_CONFIG);
    return { name, partitions: partitions.length, configs: pairs(entries), set: pairs(set) };
  });
}
