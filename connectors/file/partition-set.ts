/** All partitions of an opened folder: the reading half that a writing log and a plain reader share. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type PartitionKey, type PositionVector, partitionKey, splitPartitionKey } from '../../src/domain/position.js';
import type { LogRecord, RecordReader, RecordReading, TopicDescription } from '../../src/log/port.js';
import { expiredUnderWay, refused } from './damage.js';
import type { Partition } from './partition.js';
import { PartitionCursor } from './partition-cursor.js';
import { readOffsets } from './random-read.js';

/** Keys and values of what is read are views of larger buffers: copy what is kept for long. */
export class PartitionSet implements RecordReader {
  readonly #topics: ReadonlyMap<string, TopicDescription>;
  readonly #partitions: ReadonlyMap<PartitionKey, Partition>;

  constructor(topics: readonly TopicDescription[], partitions: readonly Partition[]) {
    this.#topics = new Map(topics.map((topic) => [topic.name, topic]));
    this.#partitions = new Map(
      partitions.map((one) => [partitionKey(one.identity.topic, one.identity.partition), one]),
    );
  }

  topics(): readonly TopicDescription[] {
    return [...this.#topics.values()];
  }

  /** Throws `request_invalid` for a topic the log does not have. */
  topic(name: string): TopicDescription {
    const found = this.#topics.get(name);
    if (found === undefined) throw unknownTopic(name);
    return found;
  }

  ofTopic(name: string): readonly Partition[] {
    return Array.from({ length: this.topic(name).partitions }, (_, number) => this.get(name, number));
  }

  /** Throws `request_invalid` for a partition the log does not have. */
  get(topic: string, partition: number): Partition {
    const key = partitionKey(topic, partition);
    const found = this.#partitions.get(key);
    if (found === undefined) throw unknown('partition', key);
    return found;
  }

  ends(): ReadonlyMap<PartitionKey, bigint> {
    return new Map([...this.#partitions].map(([key, partition]) => [key, partition.end]));
  }

  starts(): ReadonlyMap<PartitionKey, bigint> {
    return new Map([...this.#partitions].map(([key, partition]) => [key, partition.start]));
  }

  /** As `EventLog.recordsThrough`. Throws `request_invalid` for a partition the log does not have. */
  async recordsThrough(through: PositionVector): Promise<ReadonlyMap<PartitionKey, bigint>> {
    const counts = [...through].map(async ([key, offset]) => {
      const { topic, partition } = splitPartitionKey(key);
      return [key, await this.get(topic, partition).recordsThrough(offset)] as const;
    });
    return new Map(await Promise.all(counts));
  }

  async read(topic: string, partition: number, offsets: readonly bigint[]): Promise<readonly RecordReading[]> {
    return readOffsets(this.get(topic, partition), offsets);
  }

  /** The next read runs while the records of the last one are used. */
  async *scan(
    topic: string,
    partition: number,
    from: bigint,
    to: bigint,
  ): AsyncGenerator<readonly LogRecord[], void, void> {
    const of = this.get(topic, partition);
    const cursor = new PartitionCursor(of, from, 'read ahead');
    // Records that had expired before the scan began are not of its range; those that expire before their turn are missing.
    let next = from > of.start ? from : of.start;
    for (let batch = await cursor.next(to); batch !== undefined; batch = await cursor.next(to)) {
      // Offsets that are passed over are a gap, unless the start has overtaken them.
      if (batch.records[0]?.position.offset !== next && next < of.start) break;
      next = batch.nextOffset;
      if (batch.records.length > 0) yield batch.records;
      await nextTurn();
    }
    if (next < to && next < of.start) throw expiredUnderWay(next, of.start);
  }
}

export function unknownTopic(name: string): Error {
  return unknown('topic', name);
}

function unknown(what: 'topic' | 'partition', name: string): Error {
  const message = `The log has no ${what} "${name}".`;
  return refused('request_invalid', { message, advice: 'Use one of the topics of the configuration.' });
}
