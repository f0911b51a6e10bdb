/**
 * Where the partitions of the log begin and end, asked of their leaders now. Apart from the data path because readers of committed
 * records cannot tell an open transaction from the end of the log: both offsets are asked for.
 */
import {
  FetchIsolationLevels,
  ListOffsetTimestamps,
  listOffsetsV7,
  offsetForLeaderEpochV4,
  ResponseError,
} from '@platformatic/kafka';
import { type PartitionKey, partitionKey } from '../../src/domain/position.js';
import { TidemarkError } from '../../src/errors.js';
import type { EpochEnd, ReadPoint, RemoteMarks, RemoteTopic } from '../../src/log/remote-port.js';
import type { Cluster, Leader } from './cluster.js';
import { kafkaError, refusedByNumber, withAnswer } from './errors.js';
import { grouped } from './grouped.js';
import type { NodeAddress } from './settings.js';

const CONSUMER = -1;
const UNKNOWN = -1;
const { READ_COMMITTED, READ_UNCOMMITTED } = FetchIsolationLevels;

type Asked = Pick<Cluster, 'ask' | 'describe' | 'idsAt' | 'leaderOf' | 'topic'>;

interface Placed {
  readonly topic: string;
  readonly partition: number;
  readonly leader: Leader;
}

/** Three questions per broker, at once, and one after them. Rejects when one partition cannot be had; leaders that have moved are looked for once. */
export function marksOf(
  cluster: Asked,
  topics: readonly RemoteTopic[],
): Promise<ReadonlyMap<PartitionKey, RemoteMarks>> {
  return twice(cluster, topics, async () => {
    const groups = byNode(topics.flatMap((topic) => placesOf(cluster, topic)));
    const marks = await Promise.all(groups.map((places) => marksOfNode(cluster, places, topics)));
    return new Map(marks.flat());
  });
}

/** As `RemoteLog.epochEnd`. */
export function epochEndOf(
  cluster: Asked,
  at: Omit<ReadPoint, 'offset' | 'leaderEpoch'>,
  leaderEpoch: number,
): Promise<EpochEnd | null> {
  const topic = { name: at.topic, incarnationId: at.incarnationId, partitions: at.partition + 1 };
  return twice(cluster, [topic], async () => {
    const { leader } = placeOf(cluster, topic, at.partition);
    const asked = { partitionIndex: at.partition, currentLeaderEpoch: leader.leaderEpoch, leaderEpoch };
    const topics = [{ name: at.topic, partitions: [asked] }];
    const answer = await cluster.ask<offsetForLeaderEpochV4.OffsetForLeaderEpochResponse>(
      leader.address,
      (connection, done) => offsetForLeaderEpochV4.api(connection, CONSUMER, topics, withAnswer(done)),
    );
    await assertIds(cluster, leader.address, [topic]);
    const found = answer.topics[0]?.partitions[0];
    // The client reads these two fields in the wrong order: its partition is the error code, and its error code the partition. For the same
    // reason it takes an answer about any partition but the first for a fault.
    if (found !== undefined && found.partition !== 0) throw refusedByNumber(found.partition);
    if (found === undefined) throw partial(at.topic);
    return found.leaderEpoch === UNKNOWN ? null : { leaderEpoch: found.leaderEpoch, end: found.endOffset };
  });
}

/** The epochs in the questions keep a broker that has lost the lead from answering; then it is asked who has it, and once more. */
async function twice<T>(cluster: Asked, topics: readonly RemoteTopic[], ask: () => Promise<T>): Promise<T> {
  try {
    if (topics.some(({ name }) => cluster.topic(name) === undefined)) {
      await cluster.describe(topics.map(({ name }) => name));
    }
    return await ask();
  } catch (error) {
    if (!isMoved(error)) throw kafkaError(error);
  }
  try {
    await cluster.describe(topics.map(({ name }) => name));
    return await ask();
  } catch (error) {
    throw kafkaError(error);
  }
}

/** Anything but an answer that would be the same again. */
function isMoved(error: unknown): boolean {
  const { retriable } = kafkaError(error);
  return retriable || error instanceof ResponseError;
}

function placesOf(cluster: Asked, topic: RemoteTopic): readonly Placed[] {
  return Array.from({ length: topic.partitions }, (_, partition) => placeOf(cluster, topic, partition));
}

function placeOf(cluster: Asked, topic: RemoteTopic, partition: number): Placed {
  const { name } = topic;
  const known = cluster.topic(name);
  if (known === undefined || known.incarnationId !== topic.incarnationId) throw notThatTopic(name);
  const leader = cluster.leaderOf(name, partition);
  if (leader === undefined) throw leaderless(name, partition);
  return { topic: name, partition, leader };
}

function byNode(places: readonly Placed[]): readonly (readonly Placed[])[] {
  return [...grouped(places, ({ leader }) => leader.node).values()];
}

async function marksOfNode(
  cluster: Asked,
  places: readonly Placed[],
  topics: readonly RemoteTopic[],
): Promise<readonly (readonly [PartitionKey, RemoteMarks])[]> {
  const asked = new Set(places.map(({ topic }) => topic));
  // One after the other on one connection, in this order: the log moves on in between, and what has come in since the end was asked for
  // must not look like an open transaction.
  const [starts, ends, readableEnds] = await Promise.all([
    offsetsOf(cluster, places, { timestamp: ListOffsetTimestamps.EARLIEST, isolation: READ_UNCOMMITTED }),
    offsetsOf(cluster, places, { timestamp: ListOffsetTimestamps.LATEST, isolation: READ_UNCOMMITTED }),
    offsetsOf(cluster, places, { timestamp: ListOffsetTimestamps.LATEST, isolation: READ_COMMITTED }),
  ]);
  const [first] = places;
  if (first !== undefined) {
    await assertIds(
      cluster,
      first.leader.address,
      topics.filter(({ name }) => asked.has(name)),
    );
  }
  return places.map(({ topic, partition, leader: { leaderEpoch } }) => {
    const key = partitionKey(topic, partition);
    const [start, end, readable] = [starts.get(key), ends.get(key), readableEnds.get(key)];
    if (start === undefined || readable === undefined || end === undefined) throw partial(topic);
    const readableEnd = readable < end ? readable : end;
    return [key, { start, readableEnd, end, leaderEpoch }];
  });
}

/**
 * These questions name a topic, not its id. The broker that has answered one is asked afterwards which topic that was: ids are never given
 * out again, so if it has the same one now, it had it then.
 */
async function assertIds(cluster: Asked, address: NodeAddress, topics: readonly RemoteTopic[]): Promise<void> {
  const ids = await cluster.idsAt(
    address,
    topics.map(({ name }) => name),
  );
  const other = topics.find(({ name, incarnationId }) => ids.get(name) !== incarnationId);
  if (other !== undefined) throw notThatTopic(other.name);
}

interface Mark {
  readonly timestamp: bigint;
  readonly isolation: number;
}

async function offsetsOf(
  cluster: Asked,
  places: readonly Placed[],
  { timestamp, isolation }: Mark,
): Promise<ReadonlyMap<PartitionKey, bigint>> {
  const [first] = places;
  if (first === undefined) return new Map();
  const topics = [...grouped(places, ({ topic }) => topic)].map(([name, group]) => ({
    name,
    partitions: group.map(({ partition, leader }) => ({
      partitionIndex: partition,
      currentLeaderEpoch: leader.leaderEpoch,
      timestamp,
    })),
  }));
  const answer = await cluster.ask<listOffsetsV7.ListOffsetsResponse>(first.leader.address, (connection, done) =>
    listOffsetsV7.api(connection, CONSUMER, isolation, topics, done),
  );
  return new Map(
    answer.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, offset }) => [partitionKey(name, partitionIndex), offset] as const),
    ),
  );
}

function notThatTopic(topic: string): TidemarkError {
  return new TidemarkError({
    code: 'log_failed',
    message: 'A topic of the log is gone, or was made again.',
    advice: 'Look at the state of its partitions: an operator decides what becomes of them.',
    retriable: true,
    facts: { topic },
  });
}

function leaderless(topic: string, partition: number): TidemarkError {
  return new TidemarkError({
    code: 'unreachable',
    message: 'A partition of the log has no leader.',
    advice: 'Try again in a few seconds; if it stays, look for brokers that are down.',
    retriable: true,
    facts: { topic, partition },
  });
}

function partial(topic: string): TidemarkError {
  return new TidemarkError({
    code: 'log_failed',
    message: 'A broker left a partition out of its answer.',
    advice: 'Try again in a few seconds.',
    retriable: true,
    facts: { topic },
  });
}
