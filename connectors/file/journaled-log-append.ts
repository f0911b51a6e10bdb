/** Appending to a log of others: done when the records have come back from it and are in the journal. */
import type { Clock } from '../../src/domain/clock.js';
import type { LeaderEpochs } from '../../src/domain/epochs.js';
import {
  type PartitionKey,
  type Position,
  type PositionVector,
  partitionKey,
  splitPartitionKey,
} from '../../src/domain/position.js';
import { limits } from '../../src/limits.js';
import { partitionOf } from '../../src/log/partitioner.js';
import type { NewRecord, TopicDescription } from '../../src/log/port.js';
import type { RemoteLog } from '../../src/log/remote-port.js';
import { admittedBytes } from './admission.js';
import type { TroubleBoard } from './journaled-log-board.js';
import { keysOf } from './journaled-log-compare.js';
import type { Arrival, CopiedEnds } from './journaled-log-copied.js';
import { notComeBack, partitionStopped } from './journaled-log-errors.js';
import type { TopicWatch } from './journaled-log-watch.js';
import { unknownTopic } from './partition-set.js';

export interface AppendParts {
  readonly remote: RemoteLog;
  readonly topics: ReadonlyMap<string, TopicDescription>;
  readonly board: TroubleBoard;
  readonly copied: CopiedEnds;
  readonly epochs: LeaderEpochs;
  readonly clock: Clock;
  readonly watch: Pick<TopicWatch, 'look'>;
}

/** Rejects with `request_too_large` for a record that the journal could not hold. */
export async function appendAndAwait(parts: AppendParts, records: readonly NewRecord[]): Promise<readonly Position[]> {
  for (const record of records) {
    assertTaken(parts, record);
    admittedBytes(record);
  }
  const copiedBefore = endsOf(parts, records);
  const places = await parts.remote.append(records);
  const isElsewhere = places.some(({ topic, partition, offset }) => {
    return offset < (copiedBefore.get(partitionKey(topic, partition)) ?? 0n);
  });
  if (isElsewhere) {
    void parts.watch.look();
    throw notComeBack('other_history');
  }
  const ends = new Map<PartitionKey, bigint>();
  for (const { topic, partition, offset } of places) {
    const key = partitionKey(topic, partition);
    if (offset >= (ends.get(key) ?? 0n)) ends.set(key, offset + 1n);
  }
  const arrival = await allReached(parts, ends);
  if (arrival !== 'copied') throw notComeBack(arrival);
  return places.map(({ topic, partition, offset }) => {
    const { incarnation } = topicOf(parts, topic);
    const leaderEpoch = parts.epochs.epochOf(partitionKey(topic, partition), offset);
    return { topic, incarnation, partition, leaderEpoch, offset };
  });
}

/** The log never gives out an offset again that was read before, unless it is another history: a topic made again, or an end lost. */
function endsOf(parts: AppendParts, records: readonly NewRecord[]): PositionVector {
  const names = new Set(records.map(({ topic }) => topic));
  const keys = [...names].flatMap((name) => keysOf(topicOf(parts, name)));
  return new Map(keys.map((key) => [key, parts.copied.endOf(key)]));
}

/** Throws `request_invalid` for a topic that is not there, `log_failed` for a partition that is not being read. */
function assertTaken(parts: AppendParts, { topic: name, key }: NewRecord): void {
  const topic = topicOf(parts, name);
  const partition = partitionKey(name, key === null ? 0 : partitionOf(key, partitionsNow(parts.board, topic)));
  const trouble = parts.board.stopping(partition);
  if (trouble !== undefined) throw partitionStopped(partition, trouble);
}

/** With those that the topic has grown by, as far as noticed: producers spread their keys over all. */
function partitionsNow(board: TroubleBoard, { name, partitions }: TopicDescription): number {
  let count = partitions;
  while (board.get(partitionKey(name, count))?.kind === 'new_partition') count += 1;
  return count;
}

async function allReached(
  { copied, topics, clock }: AppendParts,
  ends: ReadonlyMap<PartitionKey, bigint>,
): Promise<Arrival | 'late'> {
  const settled = new AbortController();
  const arrivals = [...ends].map(([key, end]) => {
    const { topic, partition } = splitPartitionKey(key);
    // A partition that nobody has noticed yet is not copied.
    return partition < (topics.get(topic)?.partitions ?? 0)
      ? copied.reached(key, end, settled.signal)
      : Promise.resolve<Arrival>('stopped');
  });
  const all = Promise.all(arrivals).then((of): Arrival => (of.includes('stopped') ? 'stopped' : 'copied'));
  const late = clock.sleep(limits.appendReturnMs, settled.signal).then(() => 'late' as const);
  const arrival = await Promise.race([all, late]);
  settled.abort();
  return arrival;
}

function topicOf({ topics }: AppendParts, name: string): TopicDescription {
  const found = topics.get(name);
  if (found === undefined) throw unknownTopic(name);
  return found;
}
