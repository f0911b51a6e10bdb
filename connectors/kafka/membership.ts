/**
 * Whether another process works under our group. Groups of Kafka know who is alive, so one beside ours (`<group>.owner`) is joined, in
 * which nothing is read. Of its members the one that Kafka has made the leader of the group, the first that came and stayed, is the
 * owner; a member that dies is put out after `limits.remoteSessionMs`, and then the next leads. A process that was stopped and goes on
 * learns of it by its next heartbeat; until then its lease, which has run out, keeps it from writing.
 */
import { type Consumer, Kafka } from 'kafkajs';
import { systemClock } from '../../src/domain/clock.js';
import { limits } from '../../src/limits.js';
import { kafkaError } from './errors.js';
import { Lease } from './lease.js';
import { type KafkaSettings, kafkajsOptions } from './settings.js';

export type Membership =
  | {
      readonly kind: 'alone';
      /** Whether nobody else can be the owner by now; while it is false nothing must be written. */
      holds(): boolean;
      leave(): Promise<void>;
      /** Called once, when another has become the owner or our membership has ended, now or later. */
      onIntruder(listener: () => void): void;
    }
  /** With us, so at least two. */
  | { readonly kind: 'others'; readonly members: number };

/** `topic`: any that is there. Rejects with `unreachable`, or `config_invalid` when the group may not be joined. */
export async function joinAlone(settings: KafkaSettings, topic: string): Promise<Membership> {
  const kafka = new Kafka(kafkajsOptions(settings));
  const groupId = `${settings.groupId}.owner`;
  const consumer = kafka.consumer({
    groupId,
    sessionTimeout: limits.remoteSessionMs,
    rebalanceTimeout: limits.remoteSessionMs,
    heartbeatInterval: limits.remoteSessionMs / 5,
    maxWaitTimeInMs: limits.remoteSessionMs / 10,
    allowAutoTopicCreation: false,
  });
  const standing = watched(consumer, topic);
  try {
    await consumer.connect();
    await consumer.subscribe({ topic });
    await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: async () => undefined });
    if (await standing.leads()) {
      const { holds, onLost: onIntruder } = standing;
      return { kind: 'alone', holds, leave: () => consumer.disconnect(), onIntruder };
    }
    const members = await membersOf(kafka, groupId);
    await consumer.disconnect();
    return { kind: 'others', members };
  } catch (error) {
    await consumer.disconnect().catch(() => undefined);
    throw kafkaError(error);
  }
}

interface Standing {
  /** Waits as long as it takes for a dead member to be put out. Rejects when the group cannot be joined. */
  leads(): Promise<boolean>;
  holds(): boolean;
  onLost(listener: () => void): void;
}

function watched(consumer: Consumer, topic: string): Standing {
  let isLeader = false;
  let isLost = false;
  let failure: Error | undefined;
  let changed: () => void = () => undefined;
  let lost: () => void = () => undefined;
  const lease = new Lease(systemClock, limits.remoteSessionMs);
  const lose = () => {
    lease.end();
    if (isLeader && !isLost) {
      isLost = true;
      lost();
    }
    changed();
  };
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    // Assigned anew with each joining, and fetched from unless paused.
    consumer.pause([{ topic }]);
    if (payload.isLeader) {
      isLeader = true;
      lease.renew(payload.duration);
    } else if (isLeader) lose();
    changed();
  });
  consumer.on(consumer.events.HEARTBEAT, () => lease.renew());
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    failure = payload.error;
    lose();
  });
  return {
    leads: async () => {
      const deadline = performance.now() + limits.remoteSessionMs + limits.remoteSessionGraceMs;
      while (!isLeader && failure === undefined && performance.now() < deadline) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, deadline - performance.now());
          changed = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      if (failure !== undefined) throw failure;
      return isLeader;
    },
    holds: () => isLeader && lease.holds,
    onLost: (listener) => {
      lost = listener;
      if (isLost) listener();
    },
  };
}

async function membersOf(kafka: Kafka, groupId: string): Promise<number> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const { groups } = await admin.describeGroups([groupId]);
    return groups[0]?.members.length ?? 0;
  } finally {
    await admin.disconnect();
  }
}
