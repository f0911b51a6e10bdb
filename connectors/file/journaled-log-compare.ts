/**
 * Whether what the journal holds is still what the log has. The newest offset that both have in common is found epoch by epoch from the
 * newest back, as followers of Kafka find where they part from their leader (KIP-101, KIP-279).
 */
import type { EpochStart } from '../../src/domain/epoch-table.js';
import { type PartitionKey, partitionKey, splitPartitionKey } from '../../src/domain/position.js';
import type { TopicDescription } from '../../src/log/port.js';
import type { ReadPoint, RemoteLog, RemoteMarks, RemoteTopic } from '../../src/log/remote-port.js';
import type { PartitionTrouble, Troubles } from '../../src/log/trouble.js';
import type { FileJournal } from './journal.js';

export type JournalView = Pick<FileJournal, 'ends' | 'lastOf' | 'epochStarts'>;

export function keysOf({ name, partitions }: Pick<TopicDescription, 'name' | 'partitions'>): readonly PartitionKey[] {
  return Array.from({ length: partitions }, (_, partition) => partitionKey(name, partition));
}

/** The topic as the journal knows it, for asking the log about. */
export function asRemote({ name, incarnation, partitions }: TopicDescription): RemoteTopic {
  return { name, incarnationId: incarnation.id, partitions };
}

export function pointOf(topic: TopicDescription, key: PartitionKey): Omit<ReadPoint, 'offset' | 'leaderEpoch'> {
  const { partition } = splitPartitionKey(key);
  return { topic: topic.name, incarnationId: topic.incarnation.id, partition };
}

/** Troubles that a topic's description alone tells of. */
export function topicTroubles(known: TopicDescription, described: RemoteTopic | undefined): Troubles {
  if (described === undefined) return new Map(keysOf(known).map((key) => [key, { kind: 'topic_missing' }]));
  if (described.incarnationId !== known.incarnation.id) {
    const trouble = { kind: 'recreated', was: known.incarnation.id, is: described.incarnationId } as const;
    return new Map(keysOf(known).map((key) => [key, trouble]));
  }
  const added = keysOf(described).slice(known.partitions);
  return new Map(added.map((key) => [key, { kind: 'new_partition', partitions: described.partitions }]));
}

/** Trouble of one partition of a topic that is the one known. */
export async function partitionTrouble(
  remote: RemoteLog,
  journal: JournalView,
  at: Omit<ReadPoint, 'offset' | 'leaderEpoch'>,
  marks: RemoteMarks,
): Promise<PartitionTrouble | undefined> {
  const key = partitionKey(at.topic, at.partition);
  const end = journal.ends().get(key) ?? 0n;
  if (end < marks.start) return { kind: 'gap', from: end, to: marks.start };
  const last = journal.lastOf(key);
  const common = last && (await commonEnd(remote, journal, at));
  if (last !== undefined && common !== undefined && common <= last.offset) return { kind: 'truncated', from: common };
  return end > marks.end ? { kind: 'truncated', from: marks.end } : undefined;
}

/** The offset after the newest record that the journal and the log have in common; undefined when the journal has no record. */
export async function commonEnd(
  remote: RemoteLog,
  journal: JournalView,
  at: Omit<ReadPoint, 'offset' | 'leaderEpoch'>,
): Promise<bigint | undefined> {
  const key = partitionKey(at.topic, at.partition);
  const last = journal.lastOf(key);
  if (last === undefined) return undefined;
  const starts: readonly EpochStart[] = journal.epochStarts(key);
  let end = last.offset + 1n;
  for (const { leaderEpoch, first } of [...starts].reverse()) {
    const theirs = await remote.epochEnd(at, leaderEpoch);
    const isShared = theirs?.leaderEpoch === leaderEpoch && theirs.end > first;
    if (isShared) return theirs.end < end ? theirs.end : end;
    end = first;
  }
  return end;
}

/**
 * Where reading goes on. From the last record with its epoch, so that the log can be held against it; markers behind it, whose epochs
 * are not known, are read again. When those are no longer kept, from the journal's end and without an epoch.
 */
export function resumeAt(
  journal: JournalView,
  key: PartitionKey,
  remoteStart: bigint,
): Pick<ReadPoint, 'offset' | 'leaderEpoch'> {
  const last = journal.lastOf(key);
  if (last !== undefined && last.offset + 1n >= remoteStart) {
    return { offset: last.offset + 1n, leaderEpoch: last.leaderEpoch };
  }
  return { offset: journal.ends().get(key) ?? 0n, leaderEpoch: null };
}
