/**
 * How the members of a group share out partitions. Of every topic each member has as many as any other, or one more, because the load
 * of topics differs more than that of the partitions of one. What a member has already it keeps as far as that allows: of a member
 * that leaves only its own partitions move, and for one that joins no more than its share. What a member cannot apply goes to one that
 * can and has the least, whatever that does to the shares; what nobody can stays where it is.
 */
import { type PartitionKey, partitionKey } from '../../src/domain/position.js';

export interface SharingMember {
  readonly id: string;
  /** Of what it had before; of a partition that several claim, the first by id is believed. */
  readonly holds: readonly PartitionKey[];
  /** What it could not apply: it is given to one that can, as long as there is one. */
  readonly cannot?: readonly PartitionKey[];
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
  const unable = new Set(sorted.flatMap(({ cannot = [] }) => cannot));
  const keysOf = ({ name, partitions }: SharedTopic) => partitions.map((partition) => partitionKey(name, partition));
  for (const topic of topics) {
    const keys = keysOf(topic).filter((key) => !unable.has(key));
    for (const [id, share] of shareTopic(sorted, keys, shares)) shares.get(id)?.push(...share);
  }
  for (const key of topics.flatMap(keysOf).filter((one) => unable.has(one))) {
    const taker = takerOf(sorted, key, shares);
    if (taker !== undefined) shares.get(taker.id)?.push(key);
  }
  return shares;
}

/** Who has it already, if he can, then the one with the least. */
function takerOf(members: readonly SharingMember[], key: PartitionKey, shares: Shares): SharingMember | undefined {
  const isAble = ({ cannot = [] }: SharingMember) => !cannot.includes(key);
  const able = members.some(isAble) ? members.filter(isAble) : members;
  const holder = able.find(({ holds }) => holds.includes(key));
  const count = ({ id }: SharingMember) => shares.get(id)?.length ?? 0;
  return holder ?? [...able].sort((a, b) => count(a) - count(b))[0];
}

type Shares = ReadonlyMap<string, readonly PartitionKey[]>;

function shareTopic(members: readonly SharingMember[], keys: readonly PartitionKey[], before: Shares): Shares {
  const free = new Set(keys);
  const held = new Map<string, PartitionKey[]>();
  for (const { id, holds } of members)
    held.set(
      id,
      [...new Set(holds)].filter((key) => free.delete(key)),
    );
  const least = Math.floor(keys.length / members.length);
  const withMore = memberIds(members, held, before, least).slice(0, keys.length % members.length);
  const quotaOf = (id: string) => least + (withMore.includes(id) ? 1 : 0);
  for (const [id, share] of held) for (const key of share.splice(quotaOf(id))) free.add(key);
  const left = [...free];
  for (const [id, share] of held) share.push(...left.splice(0, quotaOf(id) - share.length));
  return held;
}

/** In the order in which they get one more than the least: those that have it already, then those with the least of other topics. */
function memberIds(members: readonly SharingMember[], held: Shares, before: Shares, least: number): readonly string[] {
  const hasMore = (id: string) => ((held.get(id)?.length ?? 0) > least ? 0 : 1);
  const others = (id: string) => before.get(id)?.length ?? 0;
  return members.map(({ id }) => id).sort((a, b) => hasMore(a) - hasMore(b) || others(a) - others(b));
}
