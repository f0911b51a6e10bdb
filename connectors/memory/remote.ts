/** A client of a cluster in memory: the log of others of unit tests. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type PartitionKey, type PositionVector, partitionKey, splitPartitionKey } from '../../src/domain/position.js';
import { TidemarkError } from '../../src/errors.js';
import type { NewRecord } from '../../src/log/port.js';
import type {
  EpochEnd,
  ReadPoint,
  RemoteLog,
  RemoteMarks,
  RemoteNews,
  RemoteTopic,
} from '../../src/log/remote-port.js';
import type { PartitionTrouble } from '../../src/log/trouble.js';
import type { MemoryCluster, RemotePlace } from './remote-cluster.js';

export class MemoryRemote implements RemoteLog {
  readonly id: string;
  readonly #cluster: MemoryCluster;
  #isClosed = false;

  constructor(cluster: MemoryCluster) {
    this.id = cluster.id;
    this.#cluster = cluster;
  }

  async describe(topics: readonly string[]): Promise<readonly RemoteTopic[]> {
    this.#assertReachable();
    return topics.flatMap((name) => this.#cluster.find(name) ?? []);
  }

  async append(records: readonly NewRecord[]): Promise<readonly RemotePlace[]> {
    this.#assertReachable();
    return this.#cluster.append(records);
  }

  async marks(topics: readonly RemoteTopic[]): Promise<ReadonlyMap<PartitionKey, RemoteMarks>> {
    this.#assertReachable();
    return new Map(
      topics.flatMap((topic) => this.#keysOf(topic).map((key) => [key, this.#cluster.partition(key).marks])),
    );
  }

  async epochEnd(at: Omit<ReadPoint, 'offset' | 'leaderEpoch'>, leaderEpoch: number): Promise<EpochEnd | null> {
    this.#assertReachable();
    this.#assertIncarnation(at.topic, at.incarnationId);
    return this.#cluster.partition(partitionKey(at.topic, at.partition)).epochEnd(leaderEpoch);
  }

  async *follow(from: readonly ReadPoint[], signal: AbortSignal): AsyncGenerator<RemoteNews, void, void> {
    const { bell } = this.#cluster;
    const isOver = (): boolean => signal.aborted || this.#isClosed;
    const wake = (): void => bell.ring();
    signal.addEventListener('abort', wake, { once: true });
    let points = from;
    try {
      while (!isOver()) {
        const rung = bell.next();
        const going: ReadPoint[] = [];
        let delivered = false;
        for (const point of points) {
          const { news, next } = this.#readAt(point);
          if (next !== undefined) going.push(next);
          if (news === undefined) continue;
          delivered = true;
          yield news;
          await nextTurn();
          if (isOver()) return;
        }
        points = going;
        if (!delivered) await rung;
      }
    } finally {
      signal.removeEventListener('abort', wake);
    }
  }

  async commit(through: PositionVector): Promise<void> {
    this.#assertReachable();
    for (const [key, offset] of through) this.#cluster.committed.set(key, offset);
  }

  async committed(topics: readonly RemoteTopic[]): Promise<PositionVector> {
    this.#assertReachable();
    const names = new Set(topics.map(({ name }) => name));
    return new Map([...this.#cluster.committed].filter(([key]) => names.has(splitPartitionKey(key).topic)));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cluster.bell.ring();
  }

  #readAt(point: ReadPoint): Reading {
    if (!this.#cluster.isReadable) return { news: undefined, next: point };
    const key = partitionKey(point.topic, point.partition);
    const topic = this.#cluster.find(point.topic);
    if (topic === undefined) return stoppedBy(key, { kind: 'topic_missing' });
    if (topic.incarnationId !== point.incarnationId) {
      return stoppedBy(key, { kind: 'recreated', was: point.incarnationId, is: topic.incarnationId });
    }
    const of = this.#cluster.partition(key);
    const trouble = of.troubleAt(point);
    if (trouble !== undefined) return stoppedBy(key, trouble);
    const slice = of.read(point.offset);
    if (slice === undefined) return { news: undefined, next: point };
    const { records, nextOffset, leaderEpoch } = slice;
    const news = { kind: 'records', topic: point.topic, partition: point.partition, records, nextOffset } as const;
    return { news, next: { ...point, offset: nextOffset, leaderEpoch } };
  }

  #keysOf({ name, incarnationId, partitions }: RemoteTopic): PartitionKey[] {
    this.#assertIncarnation(name, incarnationId);
    return Array.from({ length: partitions }, (_, partition) => partitionKey(name, partition));
  }

  #assertIncarnation(name: string, incarnationId: string): void {
    if (this.#cluster.find(name)?.incarnationId === incarnationId) return;
    const message = 'The log does not have this incarnation of the topic.';
    throw new TidemarkError({ code: 'log_failed', message, advice: 'Describe the topic again.', retriable: true });
  }

  #assertReachable(): void {
    if (this.#isClosed) {
      const advice = 'Open another connection.';
      throw new TidemarkError({ code: 'stopping', message: 'The connection is closed.', advice, retriable: true });
    }
    this.#cluster.assertReachable();
  }
}

/** What is told, and where the partition goes on; without a `next` it does not. */
interface Reading {
  readonly news: RemoteNews | undefined;
  readonly next: ReadPoint | undefined;
}

function stoppedBy(partition: PartitionKey, trouble: PartitionTrouble): Reading {
  return { news: { kind: 'trouble', partition, trouble }, next: undefined };
}
