/**
 * Which partitions this instance applies: what a group of Kafka gives it. Nothing is read by the group; who is alive and who has what
 * is all that it is for. It is the group that an instance with a state of its own joins too (`membership.ts`), under another protocol,
 * so that the two kinds keep each other out. The member that leads the group ships the journal to its archive.
 */
import { type Consumer, type ConsumerConfig, Kafka } from 'kafkajs';
import { systemClock } from '../../src/domain/clock.js';
import type { PartitionKey } from '../../src/domain/position.js';
import { TidemarkError } from '../../src/errors.js';
import { limits } from '../../src/limits.js';
import { kafkaError } from './errors.js';
import { type KafkaSettings, kafkajsOptions } from './settings.js';
import { keysOf, sharingAssigner } from './sharing-assigner.js';
import { SharingStanding } from './sharing-standing.js';

/** Of members of a group in which nothing is read: both kinds are put out after the same time. */
export function memberOptions(settings: KafkaSettings): ConsumerConfig {
  return {
    groupId: `${settings.groupId}.owner`,
    sessionTimeout: limits.remoteSessionMs,
    rebalanceTimeout: limits.remoteSessionMs,
    // By its next heartbeat a member learns that another has left and that there is something to take over.
    heartbeatInterval: limits.remoteHeartbeatMs,
    maxWaitTimeInMs: limits.remoteHeartbeatMs,
    allowAutoTopicCreation: false,
  };
}

/** The broker's word for a member that speaks another protocol than the others. */
const OTHER_PROTOCOL = 'INCONSISTENT_GROUP_PROTOCOL';

export function speaksOtherProtocol(error: unknown): boolean {
  return kafkaError(error).facts.reason === OTHER_PROTOCOL;
}

export class GroupOwnership {
  /** Rejects when the group cannot be joined any more; not while no broker answers. */
  readonly failed: Promise<never>;
  readonly #standing = new SharingStanding(systemClock, limits.remoteSessionMs);
  readonly #consumer: Consumer;
  readonly #topics: readonly string[];
  readonly #listeners = new Set<() => void>();
  readonly #left = new AbortController();
  #fail: (error: TidemarkError) => void = () => undefined;
  /** What cannot be applied here, and when the group has been told: one joining after the other. */
  #unable = { partitions: [] as readonly PartitionKey[], told: Promise.resolve() };

  private constructor(settings: KafkaSettings, topics: readonly string[]) {
    this.#topics = topics;
    this.#consumer = new Kafka(kafkajsOptions(settings)).consumer({
      ...memberOptions(settings),
      partitionAssigners: [sharingAssigner(() => ({ holds: this.owned(), cannot: this.#unable.partitions }))],
    });
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => undefined);
  }

  /** `topics` are there. Rejects with `unreachable`, or `config_invalid` when the group may not be joined. */
  static async join(settings: KafkaSettings, topics: readonly string[]): Promise<GroupOwnership> {
    const ownership = new GroupOwnership(settings, topics);
    try {
      await ownership.#join();
    } catch (error) {
      await ownership.leave().catch(() => undefined);
      throw speaksOtherProtocol(error) ? notShared(settings.groupId) : kafkaError(error);
    }
    void ownership.#look();
    return ownership;
  }

  owns(partition: PartitionKey): boolean {
    return this.#standing.owns(partition);
  }

  owned(): readonly PartitionKey[] {
    return this.#standing.share?.partitions ?? [];
  }

  /** What cannot be applied here: the group is joined again, so that others that can are given it. */
  cannot(partitions: readonly PartitionKey[]): void {
    const sorted = [...partitions].sort();
    const { partitions: before, told } = this.#unable;
    if (sorted.join(' ') === before.join(' ')) return;
    this.#unable = { partitions: sorted, told: told.then(() => this.#rejoin(sorted)) };
  }

  async #rejoin(partitions: readonly PartitionKey[]): Promise<void> {
    // What was said since is told by the joining that follows.
    if (this.#left.signal.aborted || partitions !== this.#unable.partitions) return;
    try {
      await this.#consumer.stop();
      if (!this.#left.signal.aborted) await this.#run();
    } catch (error) {
      if (!this.#left.signal.aborted) this.#fail(kafkaError(error));
    }
  }

  async #run(): Promise<void> {
    await this.#consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: async () => undefined });
  }

  /** Whether this is the one of the group that does what one alone must do. As the partitions, it is no right. */
  leads(): boolean {
    return this.#standing.share?.isLeader === true;
  }

  watch(listener: () => void): () => void {
    return this.#watch(() => this.owned().join(' '), listener);
  }

  /** Who ships: told at each change of the group. */
  get leadership(): Pick<GroupOwnership, 'leads' | 'watch'> {
    return {
      leads: () => this.leads(),
      watch: (listener) => this.#watch(() => `${this.leads()} ${this.owned().join(' ')}`, listener),
    };
  }

  #watch(read: () => string, listener: () => void): () => void {
    let last = read();
    const look = () => {
      const now = read();
      if (now === last) return;
      last = now;
      listener();
    };
    this.#listeners.add(look);
    return () => void this.#listeners.delete(look);
  }

  /** The others are told, and share out what was ours at once. Nothing is owned from the call on. */
  async leave(): Promise<void> {
    this.#left.abort();
    this.#standing.left();
    this.#tell();
    await this.#consumer.disconnect();
  }

  async #join(): Promise<void> {
    const consumer = this.#consumer;
    const joined = new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.GROUP_JOIN, ({ payload: { isLeader, memberAssignment } }) => {
        if (this.#left.signal.aborted) return this.#leaveAgain();
        // Assigned anew with each joining, and fetched from unless paused.
        consumer.pause(this.#topics.map((topic) => ({ topic })));
        this.#standing.joined({ isLeader, partitions: keysOf(memberAssignment) });
        this.#tell();
        resolve();
      });
      consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
        this.#standing.left();
        this.#tell();
        if (this.#left.signal.aborted) return this.#leaveAgain();
        reject(error);
        // Otherwise the client starts itself anew, for as long as no broker answers.
        if (!restart) this.#fail(kafkaError(error));
      });
    });
    joined.catch(() => undefined);
    consumer.on(consumer.events.HEARTBEAT, () => this.#standing.heard());
    consumer.on(consumer.events.REBALANCING, () => this.#standing.rebalancing());
    consumer.on(consumer.events.STOP, () => this.#standing.left());
    await consumer.connect();
    await consumer.subscribe({ topics: [...this.#topics] });
    await this.#run();
    await joined;
  }

  /** A start that was under way while we left is not ended by it; nor is one that comes right after this turn. */
  #leaveAgain(): void {
    queueMicrotask(() => void this.#consumer.disconnect().catch(() => undefined));
  }

  /** What ends by time alone is told as well. */
  async #look(): Promise<void> {
    const { signal } = this.#left;
    while (!signal.aborted) {
      await systemClock.sleep(limits.remoteSessionMs / 10, signal);
      this.#tell();
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

function notShared(group: string): TidemarkError {
  return new TidemarkError({
    code: 'config_invalid',
    message: `an instance whose state is not shared works under the Kafka group ${group}`,
    advice:
      'Stop it before instances that share a state start under its group, or give these a KAFKA_GROUP of their own.',
    retriable: false,
    facts: { group },
  });
}
