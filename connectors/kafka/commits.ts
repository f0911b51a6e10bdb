/**
 * How far we have come, told to the brokers' own tools under our group. Sent to the group's coordinator as a consumer without a group
 * does (generation -1): kafkajs' `setOffsets` joins the group for each topic, fetches, and leaves again.
 */
import { findCoordinatorV4, offsetCommitV8, offsetFetchV8 } from '@platformatic/kafka';
import { systemClock } from '../../src/domain/clock.js';
import { type PartitionKey, type PositionVector, partitionKey, splitPartitionKey } from '../../src/domain/position.js';
import { TidemarkError } from '../../src/errors.js';
import { limits } from '../../src/limits.js';
import type { ReadPoint, RemoteNews, RemoteTopic } from '../../src/log/remote-port.js';
import { Connections } from './connections.js';
import { kafkaError } from './errors.js';
import { SeenEpochs } from './seen-epochs.js';
import { addressOf, type KafkaSettings, type NodeAddress } from './settings.js';

const GROUP = 0;
const NO_GENERATION = -1;
const NO_EPOCH = -1;

export class KafkaCommits {
  readonly #settings: KafkaSettings;
  readonly #connections: Connections;
  readonly #seen = new SeenEpochs();
  readonly #closing = new AbortController();
  #coordinator: NodeAddress | undefined;

  constructor(settings: KafkaSettings) {
    this.#settings = settings;
    this.#connections = new Connections(settings);
  }

  /** Reading begins at these points, anew or for the first time. */
  begin(points: readonly ReadPoint[]): void {
    this.#seen.begin(points);
  }

  /** What has been read is what is committed later. */
  saw(news: RemoteNews): void {
    this.#seen.saw(news);
  }

  /** As `RemoteLog.commit`: what brokers keep is the offset after the last one, with the epoch of that when it was read here. */
  async commit(through: PositionVector): Promise<void> {
    if (through.size === 0) return;
    const topics = topicsOf(through, this.#seen);
    const { groupId } = this.#settings;
    await this.#ask((coordinator) =>
      this.#connections.ask<offsetCommitV8.OffsetCommitResponse>(coordinator, (connection, done) =>
        offsetCommitV8.api(connection, groupId, NO_GENERATION, '', null, topics, done),
      ),
    );
  }

  /** As `RemoteLog.committed`. A partition of which nothing was committed is absent. */
  async committed(topics: readonly RemoteTopic[]): Promise<PositionVector> {
    if (topics.length === 0) return new Map();
    const asked = topics.map(({ name, partitions }) => ({ name, partitionIndexes: [...Array(partitions).keys()] }));
    const { groupId } = this.#settings;
    const answer = await this.#ask((coordinator) =>
      this.#connections.ask<offsetFetchV8.OffsetFetchResponse>(coordinator, (connection, done) =>
        offsetFetchV8.api(connection, [{ groupId, memberEpoch: NO_EPOCH, topics: asked }], false, done),
      ),
    );
    const through = new Map<PartitionKey, bigint>();
    for (const { name, partitions } of answer.groups.flatMap((group) => group.topics)) {
      for (const { partitionIndex, committedOffset } of partitions) {
        if (committedOffset > 0n) through.set(partitionKey(name, partitionIndex), committedOffset - 1n);
      }
    }
    return through;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#connections.close();
  }

  /** Coordinators move and load like leaders do: a few tries, then the caller hears of it. */
  async #ask<Answer>(question: (coordinator: NodeAddress) => Promise<Answer>): Promise<Answer> {
    for (let tries = 0; ; tries += 1) {
      try {
        this.#coordinator ??= await this.#findCoordinator();
        return await question(this.#coordinator);
      } catch (error) {
        this.#coordinator = undefined;
        const failure = kafkaError(error);
        if (failure.code !== 'log_failed' || tries >= limits.remoteClientRetriesMax || this.#closing.signal.aborted)
          throw failure;
        await systemClock.sleep(limits.remoteClientRetryMsMax / 4, this.#closing.signal);
      }
    }
  }

  async #findCoordinator(): Promise<NodeAddress> {
    const { brokers, groupId } = this.#settings;
    const errors: unknown[] = [];
    for (const broker of brokers) {
      try {
        const answer = await this.#connections.ask<findCoordinatorV4.FindCoordinatorResponse>(
          addressOf(broker),
          (connection, done) => findCoordinatorV4.api(connection, GROUP, [groupId], done),
        );
        const [found] = answer.coordinators;
        if (found !== undefined) return { host: found.host, port: found.port };
        errors.push(noCoordinator());
      } catch (error) {
        errors.push(error);
      }
    }
    throw new AggregateError(errors, 'no broker answered');
  }
}

function topicsOf(through: PositionVector, seen: SeenEpochs): offsetCommitV8.OffsetCommitRequestTopic[] {
  const topics = new Map<string, offsetCommitV8.OffsetCommitRequestPartition[]>();
  for (const [key, offset] of through) {
    const { topic, partition } = splitPartitionKey(key);
    const partitions = topics.get(topic) ?? [];
    topics.set(topic, partitions);
    const committedLeaderEpoch = seen.of(key, offset) ?? NO_EPOCH;
    partitions.push({ partitionIndex: partition, committedOffset: offset + 1n, committedLeaderEpoch });
  }
  return [...topics].map(([name, partitions]) => ({ name, partitions }));
}

function noCoordinator(): TidemarkError {
  return new TidemarkError({
    code: 'log_failed',
    message: 'No broker coordinates the group.',
    advice: 'Try again in a few seconds.',
    retriable: true,
  });
}
