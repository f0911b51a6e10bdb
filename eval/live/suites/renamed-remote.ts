/**
 * A log of others under other names: suites say `orders` or `support.tickets`, and on a broker that many tests share every log of a test
 * has topics of its own. Nothing but names is changed, and, where a suite drives the clock, when a record was taken.
 */
import {
  type PartitionKey,
  type PositionVector,
  partitionKey,
  splitPartitionKey,
} from '../../../src/domain/position.js';
import type { NewRecord } from '../../../src/log/port.js';
import type {
  EpochEnd,
  ReadPoint,
  RemoteLog,
  RemoteMarks,
  RemoteNews,
  RemoteTopic,
} from '../../../src/log/remote-port.js';

export interface Renaming {
  /** Begins the name that a topic has on the broker. */
  readonly prefix: string;
  /** Brokers stamp records by the clock of the machine: a suite with a clock of its own has them stamped by that when they are read. */
  readonly stamp?: () => number;
}

export class RenamedRemote implements RemoteLog {
  readonly id: string;
  readonly #under: RemoteLog;
  readonly #renaming: Renaming;

  constructor(under: RemoteLog, renaming: Renaming) {
    this.id = under.id;
    this.#under = under;
    this.#renaming = renaming;
  }

  async describe(topics: readonly string[]): Promise<readonly RemoteTopic[]> {
    const found = await this.#under.describe(topics.map((name) => this.#there(name)));
    return found.map((topic) => ({ ...topic, name: this.#here(topic.name) }));
  }

  async append(records: readonly NewRecord[]) {
    const places = await this.#under.append(records.map((one) => ({ ...one, topic: this.#there(one.topic) })));
    return places.map((place) => ({ ...place, topic: this.#here(place.topic) }));
  }

  async marks(topics: readonly RemoteTopic[]): Promise<ReadonlyMap<PartitionKey, RemoteMarks>> {
    return this.#mapHere(await this.#under.marks(this.#topicsThere(topics)));
  }

  epochEnd(at: Omit<ReadPoint, 'offset' | 'leaderEpoch'>, leaderEpoch: number): Promise<EpochEnd | null> {
    return this.#under.epochEnd({ ...at, topic: this.#there(at.topic) }, leaderEpoch);
  }

  async *follow(from: readonly ReadPoint[], signal: AbortSignal): AsyncGenerator<RemoteNews, void, void> {
    const points = from.map((point) => ({ ...point, topic: this.#there(point.topic) }));
    for await (const news of this.#under.follow(points, signal)) yield this.#newsHere(news);
  }

  commit(through: PositionVector): Promise<void> {
    return this.#under.commit(new Map([...through].map(([key, offset]) => [this.#key(key, this.#there), offset])));
  }

  async committed(topics: readonly RemoteTopic[]): Promise<PositionVector> {
    return this.#mapHere(await this.#under.committed(this.#topicsThere(topics)));
  }

  close(): Promise<void> {
    return this.#under.close();
  }

  readonly #there = (name: string): string => `${this.#renaming.prefix}${name}`;

  readonly #here = (name: string): string => name.slice(this.#renaming.prefix.length);

  #topicsThere(topics: readonly RemoteTopic[]): readonly RemoteTopic[] {
    return topics.map((topic) => ({ ...topic, name: this.#there(topic.name) }));
  }

  #key(key: PartitionKey, renamed: (name: string) => string): PartitionKey {
    const { topic, partition } = splitPartitionKey(key);
    return partitionKey(renamed(topic), partition);
  }

  #mapHere<T>(map: ReadonlyMap<PartitionKey, T>): ReadonlyMap<PartitionKey, T> {
    return new Map([...map].map(([key, value]) => [this.#key(key, this.#here), value]));
  }

  #newsHere(news: RemoteNews): RemoteNews {
    if (news.kind === 'trouble') return { ...news, partition: this.#key(news.partition, this.#here) };
    const { stamp } = this.#renaming;
    const records = stamp === undefined ? news.records : news.records.map((one) => ({ ...one, timestampMs: stamp() }));
    return { ...news, records, topic: this.#here(news.topic) };
  }
}
