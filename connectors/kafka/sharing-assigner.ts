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

/** What a member says of itself. */
export type Told = Required<Omit<SharingMember, 'id'>>;

/** `told` is asked whenever the group is joined. */
export function sharingAssigner(told: () => Told): PartitionAssigner {
  return ({ cluster }) => ({
    name: NAME,
    version: VERSION,
    protocol: ({ topics }) => ({
      name: NAME,
      metadata: MemberMetadata.encode({ version: VERSION, topics, userData: encodeTold(told()) }),
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
  return { id: memberId, ...(userData === undefined || userData === null ? nothing : decodeTold(userData)) };
}

const nothing: Told = { holds: [], cannot: [] };

/** What it holds by topic, and beside the topics, under a name that no topic has, what it cannot apply. */
export function encodeTold({ holds, cannot }: Told): Buffer {
  const said = cannot.length === 0 ? {} : { [CANNOT]: byTopic(cannot) };
  return Buffer.from(JSON.stringify({ ...byTopic(holds), ...said }));
}

const CANNOT = ' cannot';

/** What makes no sense is of a member that has nothing: then it may be given anything. */
export function decodeTold(userData: Uint8Array): Told {
  try {
    const said: unknown = JSON.parse(Buffer.from(userData).toString());
    if (typeof said !== 'object' || said === null) return nothing;
    const { [CANNOT]: cannot, ...holds } = said as Record<string, unknown>;
    return { holds: keysOf(holds), cannot: typeof cannot === 'object' && cannot !== null ? keysOf(cannot) : [] };
  } catch {
    return nothing;
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
