/** Topics of one live test: their names are its own, and they are gone afterwards. */
import { randomBytes } from 'node:crypto';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { defaultTopics, type TopicMap, topicsToOpen } from '../../src/log/topics.js';
import { waitUntil } from './services/wait.js';

export interface TopicPlan {
  readonly partitions?: number;
  readonly replicas?: number;
  /** `retention.ms`, `cleanup.policy`, `segment.bytes` … */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Made by tests: quiet, and quick to try again while a broker starts. */
export function kafkaClient(servers: readonly string[], clientId = 'tidemark-live'): Kafka {
  return new Kafka({ clientId, brokers: [...servers], logLevel: logLevel.NOTHING, retry: { initialRetryTime: 100 } });
}

const SEEN_WITHIN_MS = 60_000;

export class LiveTopics {
  /** Begins every name. */
  readonly prefix = `t${randomBytes(5).toString('hex')}`;
  readonly servers: readonly string[];
  readonly admin: Admin;
  readonly #made = new Map<string, TopicPlan>();

  private constructor(servers: readonly string[]) {
    this.servers = servers;
    this.admin = kafkaClient(servers).admin();
  }

  static async open(servers: readonly string[]): Promise<LiveTopics> {
    const topics = new LiveTopics(servers);
    await topics.admin.connect();
    return topics;
  }

  /** A topic with leaders in all its partitions; its name is the prefix and this. */
  async create(name: string, plan: TopicPlan = {}): Promise<string> {
    const topic = `${this.prefix}.${name}`;
    await this.#create(topic, plan);
    return topic;
  }

  /** Deletes it and makes it again under the same name, with another topic id and offsets that begin at 0. */
  async recreate(topic: string): Promise<void> {
    await this.delete(topic);
    await this.#create(topic, this.#made.get(topic) ?? {});
  }

  async delete(topic: string): Promise<void> {
    await this.admin.deleteTopics({ topics: [topic] });
  }

  /** Records before this offset are gone, as after retention; the log start is raised when it resolves. */
  async deleteRecords(topic: string, partition: number, before: bigint): Promise<void> {
    // kafkajs deletes nothing of a topic whose leaders this client has not asked about before.
    await this.admin.fetchTopicOffsets(topic);
    await this.admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(before) }] });
  }

  async addPartitions(topic: string, count: number): Promise<void> {
    await this.admin.createPartitions({ topicPartitions: [{ topic, count }] });
  }

  /** All topics of a service, made, under names of this test. `of`: with as many partitions as it says. */
  async createMap(plan: Omit<TopicPlan, 'partitions'> = {}, of: TopicMap = defaultTopics): Promise<TopicMap> {
    const map = this.#renamed(of);
    for (const { name, partitions } of topicsToOpen(map)) await this.#create(name, { ...plan, partitions });
    return map;
  }

  /** Deletes what is left of the topics. */
  async close(): Promise<void> {
    const existing = new Set(await this.admin.listTopics());
    const left = [...this.#made.keys()].filter((topic) => existing.has(topic));
    if (left.length > 0) await this.admin.deleteTopics({ topics: left });
    await this.admin.disconnect();
  }

  #renamed(map: TopicMap): TopicMap {
    const own = (name: string) => `${this.prefix}.${name}`;
    const sources = map.sources.map((source) => ({ ...source, name: own(source.name) }));
    return { sources, rejected: own(map.rejected), context: own(map.context), model: own(map.model) };
  }

  async #create(topic: string, plan: TopicPlan): Promise<void> {
    const { partitions = 1, replicas = -1, settings = {} } = plan;
    this.#made.set(topic, plan);
    await this.admin.createTopics({
      waitForLeaders: false,
      topics: [
        {
          topic,
          numPartitions: partitions,
          replicationFactor: replicas,
          configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
        },
      ],
    });
    // The client's own wait gives up when a broker under load does not know yet what the controller has made; and a broker that is
    // named as the leader may not have taken it up yet, also of a topic that was made again.
    await waitUntil(`the brokers lead ${topic}, which was made`, SEEN_WITHIN_MS, async () => {
      const [made] = (await this.admin.fetchTopicMetadata({ topics: [topic] })).topics;
      const isLed = made?.partitions.length === partitions && made.partitions.every(({ leader }) => leader >= 0);
      return isLed && (await this.admin.fetchTopicOffsets(topic)).length === partitions;
    });
  }
}
