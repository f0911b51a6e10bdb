/**
 * Leader epochs: which history of a partition an offset was seen in. A log that lost what it had acknowledged gives the lost offsets
 * to other records, but never under the same epoch, so a position with its epoch tells a record from its successor at the same place.
 * The idea is Kafka's (KIP-101, "Alter Replication Protocol to use Leader Epoch rather than High Watermark for Truncation").
 */
import { type PartitionKey, type PositionVector, splitPartitionKey } from './position.js';

/** What a log knows of its own history. An answer is about the log as it was last seen, and needs no waiting. */
export interface LeaderEpochs {
  /** Of the record at that offset, or of the next one for offsets past the end. */
  epochOf(partition: PartitionKey, offset: bigint): number;
  /**
   * Where the history of an epoch parts from the log's own: the first offset of the next larger epoch. Undefined for the newest, which
   * goes on; 0 for one that this log has never come to.
   */
  endOf(partition: PartitionKey, leaderEpoch: number): bigint | undefined;
}

/** Of a log that never loses anything. */
export const oneEpoch: LeaderEpochs = {
  epochOf: () => 0,
  endOf: (_, leaderEpoch) => (leaderEpoch === 0 ? undefined : 0n),
};

/** The epoch that each partition of a vector was read under; partitions of epoch 0 may be left out. */
export type EpochVector = ReadonlyMap<PartitionKey, number>;

/** Of those partitions whose epoch is not 0. */
export function epochsOf(epochs: LeaderEpochs, vector: PositionVector): EpochVector {
  const found = new Map<PartitionKey, number>();
  for (const [partition, offset] of vector) {
    const epoch = epochs.epochOf(partition, offset);
    if (epoch !== 0) found.set(partition, epoch);
  }
  return found;
}

/** Whether what was seen there under that epoch is what is there now, or was before it expired. */
export function isInHistory(
  epochs: LeaderEpochs,
  partition: PartitionKey,
  seen: { readonly leaderEpoch: number; readonly offset: bigint },
): boolean {
  const end = epochs.endOf(partition, seen.leaderEpoch);
  return end === undefined || seen.offset < end;
}

/** What a vector that was read under these epochs has in common with the log as it is now. */
export function commonPart(epochs: LeaderEpochs, vector: PositionVector, readUnder: EpochVector): PositionVector {
  const common = new Map<PartitionKey, bigint>();
  for (const [partition, offset] of vector) {
    const end = epochs.endOf(partition, readUnder.get(partition) ?? 0);
    if (end === undefined || offset < end) common.set(partition, offset);
    else if (end > 0n) common.set(partition, end - 1n);
  }
  return common;
}

/** `{ topic: { partition: epoch } }`, topics and partitions as in the vector they belong to. */
export type EpochsJson = Readonly<Record<string, Readonly<Record<string, number>>>>;

export function epochsToJson(epochs: EpochVector): EpochsJson {
  const topics = new Map<string, Record<string, number>>();
  for (const [key, epoch] of epochs) {
    const { topic, partition } = splitPartitionKey(key);
    topics.set(topic, { ...topics.get(topic), [partition]: epoch });
  }
  return Object.fromEntries(topics);
}

export function epochsFromJson(json: EpochsJson = {}): EpochVector {
  const entries = Object.entries(json).flatMap(([topic, partitions]) =>
    Object.entries(partitions).map(([partition, epoch]): [PartitionKey, number] => [
      `${topic}:${Number(partition)}`,
      epoch,
    ]),
  );
  return new Map(entries);
}
