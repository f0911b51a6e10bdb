/** A cluster of Kafka as a log of others: its parts put together. */

import type { PartitionKey, PositionVector } from '../../src/domain/position.js';
import type { NewRecord } from '../../src/log/port.js';
import type {
  EpochEnd,
  ReadPoint,
  RemoteLog,
  RemoteMarks,
  RemoteNews,
  RemoteTopic,
} from '../../src/log/remote-port.js';
import type { Appended } from './append-queue.js';
import { Cluster } from './cluster.js';
import { KafkaCommits } from './commits.js';
import { notOwner, refusedByNumber } from './errors.js';
import { follow, type Retry } from './follow.js';
import { epochEndOf, marksOf } from './probe.js';
import { KafkaProducer } from './producer.js';
import { KafkaSender } from './sender.js';
import type { KafkaSettings } from './settings.js';

const UNKNOWN_TOPIC = 3;

export class KafkaRemote implements RemoteLog {
  readonly #cluster: Cluster;
  readonly #onRetry: (retry: Retry) => void;
  readonly #sender: KafkaSender;
  readonly #producer: KafkaProducer;
  readonly #commits: KafkaCommits;
  readonly #closing = new AbortController();
  #mayWrite: () => boolean = () => true;
  #closed: Promise<void> | undefined;

  private constructor(cluster: Cluster, onRetry: (retry: Retry) => void) {
    this.#cluster = cluster;
    this.#onRetry = onRetry;
    this.#sender = new KafkaSender(cluster, () => this.#mayWrite());
    this.#producer = new KafkaProducer(
      (outgoing) => this.#sender.send(outgoing),
      (topic) => this.#partitionsOf(topic),
    );
    this.#commits = new KafkaCommits(cluster.settings);
  }

  /** Rejects with `unreachable`, or with `config_invalid` when trying again cannot help. `onRetry` hears what readings get over. */
  static async open(settings: KafkaSettings, onRetry: (retry: Retry) => void): Promise<KafkaRemote> {
    return new KafkaRemote(await Cluster.connect(settings), onRetry);
  }

  get id(): string {
    return this.#cluster.id;
  }

  async describe(topics: readonly string[]): Promise<readonly RemoteTopic[]> {
    const found = await this.#cluster.describe(topics);
    return found.map(({ name, incarnationId, partitions }) => ({ name, incarnationId, partitions }));
  }

  append(records: readonly NewRecord[]): Promise<readonly Appended[]> {
    return this.#producer.append(records);
  }

  marks(topics: readonly RemoteTopic[]): Promise<ReadonlyMap<PartitionKey, RemoteMarks>> {
    return marksOf(this.#cluster, topics);
  }

  epochEnd(at: Omit<ReadPoint, 'offset' | 'leaderEpoch'>, leaderEpoch: number): Promise<EpochEnd | null> {
    return epochEndOf(this.#cluster, at, leaderEpoch);
  }

  async *follow(from: readonly ReadPoint[], signal: AbortSignal): AsyncIterable<RemoteNews> {
    this.#commits.begin(from);
    const reading = follow(from, {
      cluster: this.#cluster,
      probe: this,
      settings: this.#cluster.settings,
      signal: AbortSignal.any([signal, this.#closing.signal]),
      onRetry: this.#onRetry,
    });
    for await (const news of reading) {
      this.#commits.saw(news);
      yield news;
    }
  }

  /** From now on nothing is appended or committed but while it says so, asked at the last moment before each request. */
  writeOnlyWhile(holds: () => boolean): void {
    this.#mayWrite = holds;
  }

  async commit(through: PositionVector): Promise<void> {
    if (!this.#mayWrite()) throw notOwner('committed');
    return this.#commits.commit(through);
  }

  committed(topics: readonly RemoteTopic[]): Promise<PositionVector> {
    return this.#commits.committed(topics);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    await this.#producer.drain();
    this.#sender.close();
    await this.#commits.close();
    this.#cluster.close();
  }

  /** As any client has it: where a key belongs follows from what the brokers said last, some seconds ago at most while they answer. */
  async #partitionsOf(name: string): Promise<number> {
    if (this.#cluster.isStale) await this.#cluster.refresh().catch(() => undefined);
    const topic = this.#cluster.topic(name) ?? (await this.#cluster.describe([name]))[0];
    if (topic === undefined) throw refusedByNumber(UNKNOWN_TOPIC, 'appending');
    return topic.partitions;
  }
}
