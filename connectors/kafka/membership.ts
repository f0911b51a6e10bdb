/**
 * Whether another process works under our group. Groups of Kafka know who is alive, so one beside ours (`<group>.owner`) is joined, in
 * which nothing is read. Of its members the one that Kafka has made the leader of the group, the first that came and stayed, is the
 * owner; a member that dies is put out after `limits.remoteSessionMs`, and then the next leads. A process that was stopped and goes on
 * learns of it by its next heartbeat; until then its lease, which has run out, keeps it from writing. Brokers that are away for longer
 * than that keep us from writing too, until we lead the group again.
 */
import { type Consumer, Kafka } from 'kafkajs';
import { systemClock } from '../../src/domain/clock.js';
import { limits } from '../../src/limits.js';
import { kafkaError } from './errors.js';
import { memberOptions, speaksOtherProtocol } from './ownership.js';
import { type KafkaSettings, kafkajsOptions } from './settings.js';
import { Standing } from './standing.js';

export type Membership =
  | {
      readonly kind: 'alone';
      /** Whether nobody else can be the owner by now; while it is false nothing must be written. */
      holds(): boolean;
      leave(): Promise<void>;
      /** Called once, when the group has another owner or we cannot be a member any more, now or later; not while no broker answers. */
      onIntruder(listener: () => void): void;
    }
  /** With us, so at least two. */
  | { readonly kind: 'others'; readonly members: number };

/** `topic`: any that is there. Rejects with `unreachable`, or `config_invalid` when the group may not be joined. */
export async function joinAlone(settings: KafkaSettings, topic: string): Promise<Membership> {
  const kafka = new Kafka(kafkajsOptions(settings));
  const options = memberOptions(settings);
  const consumer = kafka.consumer(options);
  const standing = new Standing(systemClock, limits.remoteSessionMs);
  const leave = watch(consumer, topic, standing);
  try {
    await consumer.connect();
    await consumer.subscribe({ topic });
    await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: async () => undefined });
    if (await becomesOwner(standing)) {
      return {
        kind: 'alone',
        holds: () => standing.holds,
        leave,
        onIntruder: (listener) => standing.onLost(listener),
      };
    }
    const members = await membersOf(kafka, options.groupId);
    await leave();
    return { kind: 'others', members };
  } catch (error) {
    await leave().catch(() => undefined);
    // Instances that share their state are there, and the broker keeps us out.
    if (speaksOtherProtocol(error)) return { kind: 'others', members: 1 + (await membersOf(kafka, options.groupId)) };
    throw kafkaError(error);
  }
}

/** Waits as long as it takes for a dead member to be put out. Rejects when the group cannot be joined. */
async function becomesOwner(standing: Standing): Promise<boolean> {
  const ended = new AbortController();
  const late = systemClock.sleep(limits.remoteSessionMs + limits.remoteSessionGraceMs, ended.signal);
  try {
    return await Promise.race([standing.settled.then(() => true), late.then(() => false)]);
  } finally {
    ended.abort();
  }
}

/** Tells the standing what becomes of the consumer. Returns how to leave the group for good. */
function watch(consumer: Consumer, topic: string, standing: Standing): () => Promise<void> {
  let hasLeft = false;
  const leave = () => {
    hasLeft = true;
    return consumer.disconnect();
  };
  // A start that was under way while we left is not ended by it; nor is one that comes right after this turn.
  const leaveAgain = () => queueMicrotask(() => void consumer.disconnect().catch(() => undefined));
  consumer.on(consumer.events.GROUP_JOIN, ({ payload: { isLeader, duration } }) => {
    if (hasLeft) return leaveAgain();
    // Assigned anew with each joining, and fetched from unless paused.
    consumer.pause([{ topic }]);
    standing.joined({ isLeader, tookMs: duration });
  });
  consumer.on(consumer.events.HEARTBEAT, () => standing.heard());
  consumer.on(consumer.events.STOP, () => standing.left());
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    // After some heartbeats without an answer the client starts itself anew, for as long as no broker answers.
    standing.crashed(error, restart);
    if (hasLeft) leaveAgain();
  });
  return leave;
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
