/**
 * How the members of a group share out partitions. Of every topic each member has as many as any other, or one more, because the load
 * of topics differs more than that of the partitions of one. What a member has already it keeps as far as that allows: of a member
 * that leaves only its own partitions move, and for one that joins no more than its share.
 */
import { type PartitionKey, partitionKey } from '../../src/domain/position.js';

export interface SharingMember {
  readonly id: string;
  /** Of what it had before; of a partition that several claim, the first by id is believed. */
  readonly holds: readonly PartitionKey[];
}

export interface SharedTopic {
  readonly name: string;
  readonly partitions: readonly number[];
}

/** Every partition once, by member. The same for the same members, in whatever order they come. */
export function shareOut(
  members: readonly SharingMember[],
  topics: readonly SharedTopic[],
): ReadonlyMap<string, readonly PartitionKey[]> {
  const sorted = [...members].sort((a, b) => (a.id < b.id ? -1 : 1));
  const shares = new Map<string, PartitionKey[]>(sorted.map(({ id }) => [id, []]));
  if (sorted.length === 0) return shares;
  for (const topic of topics) {
    for (const [id, keys] of shareTopic(sorted, topic, shares)) shares.get(id)?.push(...keys);
  }
  return shares;
}

type Shares = ReadonlyMap<string, readonly PartitionKey[]>;

function shareTopic(members: readonly SharingMember[], topic: SharedTopic, before: Shares): Shares {
  const free = new Set(topic.partitions.map((partition) => partitionKey(topic.name, partition)));
  const held = new Map<string, PartitionKey[]>();
  for (const { id, holds } of members)
    held.set(
      id,
      [...new Set(holds)].filter((key) => free.delete(key)),
    );
  const least = Math.floor(topic.partitions.length / members.length);
  const withMore = memberIds(members, held, before, least).slice(0, topic.partitions.length % members.length);
  const quotaOf = (id: string) => least + (withMore.includes(id) ? 1 : 0);
  for (const [id, keys] of held) for (const key of keys.splice(quotaOf(id))) free.add(key);
  const left = [...free];
  for (const [id, keys] of held) keys.push(...left.splice(0, quotaOf(id) - keys.length));
  return held;
}

/** In the order in which they get one more than the least: those that have it already, then those with the least of other topics. */
function memberIds(members: readonly SharingMember[], held: Shares, before: Shares, least: number): readonly string[] {
  const hasMore = (id: string) => ((held.get(id)?.length ?? 0) > least ? 0 : 1);
  const others = (id: string) => before.get(id)?.length ?? 0;
  return members.map(({ id }) => id).sort((a, b) => hasMore(a) - hasMore(b) || others(a) - others(b));
}
