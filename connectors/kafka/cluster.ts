/**
 * Who the cluster is, and who leads which partition, as the brokers last said. Everything that is asked of a partition goes to its
 * leader, with the leader epoch it is thought to have: a broker that knows better refuses, and then it is asked again who leads.
 */
import { apiVersionsV3, metadataV12 } from '@platformatic/kafka';
import { TidemarkError } from '../../src/errors.js';
import { limits } from '../../src/limits.js';
import type { RemoteTopic } from '../../src/log/remote-port.js';
import { Connections, type Question } from './connections.js';
import { kafkaError, refusedByNumber, withAnswer } from './errors.js';
import { addressOf, type KafkaSettings, type NodeAddress } from './settings.js';

export interface Leader {
  /** The broker's number. */
  readonly node: number;
  readonly address: NodeAddress;
  readonly leaderEpoch: number;
}

export interface ClusterTopic extends RemoteTopic {
  /** By partition; null: it has none at the moment. */
  readonly leaders: readonly (Leader | null)[];
}

type MetadataResponse = metadataV12.MetadataResponse;

const UNKNOWN_TOPIC = 3;
const NO_ID = '00000000-0000-0000-0000-000000000000';

export class Cluster {
  /** Constant: a cluster of another id under the same address is refused. */
  readonly id: string;
  readonly settings: KafkaSettings;
  readonly #connections: Connections;
  #brokers: readonly NodeAddress[];
  #topics: ReadonlyMap<string, ClusterTopic> = new Map();
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #refreshing: Promise<void> | undefined;

  private constructor(settings: KafkaSettings, connections: Connections, first: MetadataResponse) {
    this.id = first.clusterId ?? '';
    this.settings = settings;
    this.#connections = connections;
    this.#brokers = first.brokers.map(({ host, port }) => ({ host, port }));
  }

  /** Rejects with `unreachable`, or with `config_invalid` when trying again cannot help. */
  static async connect(settings: KafkaSettings): Promise<Cluster> {
    const connections = new Connections(settings);
    try {
      const bootstrap = settings.brokers.map(addressOf);
      assertSpoken(await askAny(connections, bootstrap, (c, done) => apiVersionsV3.api(c, 'tidemark', '1', done)));
      const first = await askAny(connections, bootstrap, metadataOf([]));
      if (!first.clusterId) throw tooOld();
      return new Cluster(settings, connections, first);
    } catch (error) {
      connections.close();
      throw kafkaError(error);
    }
  }

  /** As the brokers say now; topics that are not there are absent. What they say is remembered. Rejects when nobody answers. */
  async describe(names: readonly string[]): Promise<readonly ClusterTopic[]> {
    const said = await this.#metadata(names);
    const found = said.topics.flatMap((topic) => topicOf(topic, said)).map((topic) => this.#newest(topic));
    const kept = [...this.#topics].filter(([name]) => !names.includes(name));
    this.#topics = new Map([...kept, ...found.map((topic) => [topic.name, topic] as const)]);
    return found;
  }

  /** The ids of these topics as this one broker has them now; those that it does not have are absent. Rejects with an error of a client. */
  async idsAt(address: NodeAddress, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const said = await this.ask(address, metadataOf(names));
    return new Map(
      said.topics.flatMap((topic) => topicOf(topic, said)).map((found) => [found.name, found.incarnationId]),
    );
  }

  /** As last said by `describe` or `refresh`. Undefined: nobody has asked, or it was not there. */
  topic(name: string): ClusterTopic | undefined {
    return this.#topics.get(name);
  }

  /** As last said. Undefined: the topic or partition is not known, or nobody leads it at the moment. */
  leaderOf(topic: string, partition: number): Leader | undefined {
    return this.#topics.get(topic)?.leaders[partition] ?? undefined;
  }

  /** Asks again about every topic that is remembered; calls under way share one question. After any refusal of a leader. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** True when it is time for a `refresh` without a reason: topics may have grown or been made again. */
  get isStale(): boolean {
    return performance.now() - this.#askedAtMs > limits.remoteMetadataMs;
  }

  /** One request to one broker. Rejects with an error of the client. */
  ask<Answer>(address: NodeAddress, question: Question<Answer>): Promise<Answer> {
    return this.#connections.ask(address, question);
  }

  close(): void {
    this.#connections.close();
  }

  /** Brokers learn of changes one after the other: one that answers later may know less. */
  #newest(said: ClusterTopic): ClusterTopic {
    const known = this.#topics.get(said.name);
    return known?.incarnationId === said.incarnationId ? withNewerLeaders(said, known) : said;
  }

  async #refresh(): Promise<void> {
    const names = [...this.#topics.keys()];
    await this.describe(names);
    this.#askedAtMs = performance.now();
  }

  async #metadata(names: readonly string[]): Promise<MetadataResponse> {
    const bootstrap = this.settings.brokers.map(addressOf);
    const ready = this.#brokers.filter((address) => this.#connections.isConnected(address));
    try {
      const said = await askAny(this.#connections, [...ready, ...bootstrap, ...this.#brokers], metadataOf(names));
      if (said.clusterId !== this.id) throw anotherCluster(this.id, said.clusterId ?? 'unknown');
      this.#brokers = said.brokers.map(({ host, port }) => ({ host, port }));
      return said;
    } catch (error) {
      throw kafkaError(error);
    }
  }
}

/** Asks one after the other until somebody answers. Rejects with what all of them said. */
async function askAny<Answer>(
  connections: Connections,
  addresses: readonly NodeAddress[],
  question: Question<Answer>,
): Promise<Answer> {
  const errors: unknown[] = [];
  const different = new Map(addresses.map((address) => [`${address.host}:${address.port}`, address]));
  for (const address of different.values()) {
    try {
      return await connections.ask(address, question);
    } catch (error) {
      errors.push(error);
    }
  }
  throw new AggregateError(errors, 'no broker answered');
}

/** Topics are never made by asking for them. The client rejects an answer that names any fault; what it holds is wanted all the same. */
function metadataOf(names: readonly string[]): Question<MetadataResponse> {
  return (connection, done) => metadataV12.api(connection, [...names], false, false, withAnswer(done));
}

function topicOf(topic: MetadataResponse['topics'][number], said: MetadataResponse): ClusterTopic[] {
  const { name, errorCode, topicId } = topic;
  if (errorCode === UNKNOWN_TOPIC || !name) return [];
  if (errorCode !== 0) throw refusedByNumber(errorCode);
  if (topicId === NO_ID) throw tooOld();
  const addresses = new Map(said.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]));
  const leaders: (Leader | null)[] = Array.from(topic.partitions, () => null);
  for (const { partitionIndex, leaderId, leaderEpoch } of topic.partitions) {
    const address = addresses.get(leaderId);
    if (address !== undefined) leaders[partitionIndex] = { node: leaderId, address, leaderEpoch };
  }
  return [{ name, incarnationId: topicId, partitions: leaders.length, leaders }];
}

/** A leader of a larger epoch stays in its place; who has none now may have lost it since. */
export function withNewerLeaders(said: ClusterTopic, known: ClusterTopic): ClusterTopic {
  const leaders = said.leaders.map((leader, partition) => {
    const before = known.leaders[partition] ?? null;
    return leader !== null && before !== null && before.leaderEpoch > leader.leaderEpoch ? before : leader;
  });
  return { ...said, leaders };
}

/** What is asked of brokers, by the number of the request, with the version it is asked in. All of them are in Kafka 3.1 to 4.1. */
const SPOKEN = {
  fetch: [1, 13],
  listOffsets: [2, 7],
  metadata: [3, 12],
  offsetForLeaderEpoch: [23, 4],
  produce: [0, 9],
  initProducerId: [22, 4],
} as const;

function assertSpoken(answer: { readonly apiKeys: readonly ApiRange[] }): void {
  for (const [key, version] of Object.values(SPOKEN)) {
    const range = answer.apiKeys.find(({ apiKey }) => apiKey === key);
    if (range === undefined || version < range.minVersion || version > range.maxVersion) throw tooOld();
  }
}

interface ApiRange {
  readonly apiKey: number;
  readonly minVersion: number;
  readonly maxVersion: number;
}

function tooOld(): TidemarkError {
  return new TidemarkError({
    code: 'config_invalid',
    message: 'The brokers do not speak what is needed: topics with ids and leader epochs.',
    advice: 'Use Apache Kafka 3.1 or newer, or what is compatible with it.',
    retriable: false,
  });
}

function anotherCluster(was: string, is: string): TidemarkError {
  return new TidemarkError({
    code: 'config_invalid',
    message: `Under the address of the Kafka log answers another cluster: it was ${was} and is ${is}.`,
    advice: 'Let the URL of the log name brokers of one cluster only, and restart.',
    retriable: false,
  });
}
