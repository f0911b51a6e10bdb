/**
 * `shareOut` as kafkajs wants an assigner. What a member has travels as user data of its request to join; the one that Kafka has made
 * the leader of the group shares out. Its name is the protocol of the group: members that speak another one are refused by the broker,
 * and so an instance with a state of its own and instances that share one are never together under one name.
 */
import { AssignerProtocol, type GroupMember, type PartitionAssigner } from 'kafkajs';
import { type PartitionKey, partitionKey, splitPartitionKey } from '../../src/domain/position.js';
import { type SharingMember, shareOut } from './sharing.js';

const { MemberAssignment, MemberMetadata } = AssignerProtocol;
const NAME = 'tidemark-sharing';
const VERSION = 1;

/** Partitions by topic. */
type Partitions = Readonly<Record<string, number[]>>;

/** `holds` is asked whenever the group is joined. */
export function sharingAssigner(holds: () => readonly PartitionKey[]): PartitionAssigner {
  return ({ cluster }) => ({
    name: NAME,
    version: VERSION,
    protocol: ({ topics }) => ({
      name: NAME,
      metadata: MemberMetadata.encode({ version: VERSION, topics, userData: encodeHeld(holds()) }),
    }),
    assign: async ({ members, topics }) => {
      const described = topics.map((name) => ({
        name,
        partitions: cluster.findTopicPartitionMetadata(name).map(({ partitionId }) => partitionId),
      }));
      const shares = shareOut(members.map(memberOf), described);
      return [...shares].map(([memberId, keys]) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({
          version: VERSION,
          assignment: byTopic(keys),
          userData: Buffer.alloc(0),
        }),
      }));
    },
  });
}

function memberOf({ memberId, memberMetadata }: GroupMember): SharingMember {
  const userData = MemberMetadata.decode(memberMetadata)?.userData;
  return { id: memberId, holds: userData === undefined || userData === null ? [] : decodeHeld(userData) };
}

export function encodeHeld(keys: readonly PartitionKey[]): Buffer {
  return Buffer.from(JSON.stringify(byTopic(keys)));
}

/** What makes no sense is of a member that has nothing: then it may be given anything. */
export function decodeHeld(userData: Uint8Array): readonly PartitionKey[] {
  try {
    const held: unknown = JSON.parse(Buffer.from(userData).toString());
    return typeof held === 'object' && held !== null ? keysOf(held) : [];
  } catch {
    return [];
  }
}

/** Of an assignment as kafkajs tells it, or of what another member says. */
export function keysOf(partitions: object): readonly PartitionKey[] {
  return Object.entries(partitions).flatMap(([topic, numbers]: [string, unknown]) =>
    Array.isArray(numbers) ? numbers.filter(Number.isInteger).map((number) => partitionKey(topic, number)) : [],
  );
}

function byTopic(keys: readonly PartitionKey[]): Partitions {
  const topics: Record<string, number[]> = {};
  for (const key of keys) {
    const { topic, partition } = splitPartitionKey(key);
    topics[topic] = [...(topics[topic] ?? []), partition];
  }
  return topics;
}
