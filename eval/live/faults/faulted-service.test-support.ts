/** One whole service that faults are done to: fed by a client that is not ours, and asked what it shows and how sure it is of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EachMessagePayload, Kafka, logLevel, type Producer } from 'kafkajs';
import type { Digest, JsonObject } from '../../../src/domain/canonical.js';
import { refOf } from '../../../src/domain/entity.js';
import type { Kind } from '../../../src/domain/kinds/index.js';
import { type PartitionKey, partitionKey } from '../../../src/domain/position.js';
import { recordKey } from '../../../src/domain/record-key.js';
import { account, caller, contextRequest, recordOf, tenant } from '../../../src/fixtures.test-support.js';
import { partitionOf } from '../../../src/log/partitioner.js';
import { type TopicMap, topicAbout } from '../../../src/log/topics.js';
import type { AcceptableKind } from '../../../src/log/trouble.js';
import { replayFull } from '../../../src/replay/full.js';
import type { Verdict } from '../../../src/replay/verdict.js';
import type { FreshnessLabel } from '../../../src/snapshot/freshness.js';
import { type LiveService, openLiveService } from '../service.test-support.js';
import { kafkaClient, LiveTopics, type TopicPlan } from '../topics.js';

export interface Answer {
  readonly label: FreshnessLabel;
  readonly ageMs: number | null;
  readonly reasons: readonly { readonly code: string; readonly partition?: string; readonly ref?: string }[];
  /** Of the snapshot; undefined: none was released. */
  readonly id: Digest | undefined;
  /** `n` of each ticket. */
  readonly shown: ReadonlyMap<string, unknown>;
  /** When it had been given, and how long that took. */
  readonly atMs: number;
  readonly tookMs: number;
}

/** One record as the log has it. */
export interface Fed {
  readonly partition: number;
  readonly offset: bigint;
}

export type Opener = (plan: Parameters<typeof openLiveService>[0]) => Promise<LiveService>;

export class FaultedService {
  readonly topics: LiveTopics;
  readonly map: TopicMap;
  readonly folder = mkdtempSync(join(tmpdir(), 'tidemark-faults-'));
  readonly #open: Opener;
  #producer: Producer;
  #live: LiveService | undefined;

  private constructor(topics: LiveTopics, map: TopicMap, open: Opener) {
    this.topics = topics;
    this.map = map;
    this.#open = open;
    this.#producer = impatient(topics.servers).producer();
  }

  /** Topics of its own with an account in them; the service is not started. */
  static async on(
    servers: readonly string[],
    plan: Omit<TopicPlan, 'partitions'> = {},
    open: Opener = openLiveService,
  ): Promise<FaultedService> {
    const topics = await LiveTopics.open(servers);
    const one = new FaultedService(topics, await topics.createMap(plan), open);
    await one.#producer.connect();
    await one.feed('account', 'A-1', account('A-1'));
    return one;
  }

  get live(): LiveService {
    if (this.#live === undefined) throw new Error('the service does not run');
    return this.#live;
  }

  get tickets(): string {
    return topicAbout(this.map, 'ticket').name;
  }

  /** Ends the one that runs, if one does. It runs when it resolves, and has read what it can read without trouble when `caughtUp`. */
  async restart(until: 'caught_up' | 'open' = 'caught_up'): Promise<LiveService> {
    await this.end();
    this.#live = await this.#open({
      url: `kafka://${this.topics.servers.join(',')}`,
      topics: this.map,
      folder: this.folder,
    });
    if (until === 'caught_up') await this.#live.caughtUp();
    return this.#live;
  }

  async end(): Promise<void> {
    const live = this.#live;
    this.#live = undefined;
    await live?.close();
  }

  /** Acknowledged by all in-sync replicas when it resolves. */
  async feed(kind: Kind, id: string, body: JsonObject): Promise<Fed> {
    return this.#send(kind, id, body, -1);
  }

  async #send(kind: Kind, id: string, body: JsonObject, acks: number): Promise<Fed> {
    const { key, value } = recordOf(kind, id, body);
    const message = { key: key && Buffer.from(key), value: value && Buffer.from(value) };
    const topic = topicAbout(this.map, kind).name;
    const [reply] = await this.#producer.send({ topic, messages: [message], acks });
    return { partition: reply?.partition ?? -1, offset: BigInt(reply?.baseOffset ?? -1) };
  }

  /** Acknowledged by the leader alone. */
  async feedLeader(kind: Kind, id: string, body: JsonObject): Promise<Fed> {
    return this.#send(kind, id, body, 1);
  }

  /** As a program does that is started again: how many partitions there are, it asks anew. */
  async renewProducer(servers = this.topics.servers): Promise<void> {
    await this.#producer.disconnect();
    this.#producer = impatient(servers).producer();
    await this.#producer.connect();
  }

  /** A snapshot, marked however old it is. Rejects while it cannot be recorded. */
  async ask(maxStalenessMs = 5_000): Promise<Answer> {
    const askedAtMs = performance.now();
    const result = await this.live.service.snapshots.snapshot(requestWithin(maxStalenessMs), caller);
    const atMs = performance.now();
    if (result.kind !== 'released') throw new Error(`nothing was released: ${result.kind}`);
    const { freshness, items } = JSON.parse(result.body);
    return { ...freshness, id: result.id, shown: shownOf(items), atMs, tookMs: atMs - askedAtMs };
  }

  /** What a snapshot would say, which nobody gets and nobody records. */
  async peek(maxStalenessMs = 5_000): Promise<Answer> {
    const askedAtMs = performance.now();
    const { assembly, freshness } = await this.live.service.snapshots.reassemble(requestWithin(maxStalenessMs), 0);
    const atMs = performance.now();
    const items = assembly.kind === 'not_found' ? [] : assembly.assembled.items;
    const shown = items.map(({ entity }) => ({ ref: refOf(entity.key), value: JSON.parse(entity.json) }));
    return { ...freshness, id: undefined, shown: shownOf(shown), atMs, tookMs: atMs - askedAtMs };
  }

  /** What replaying a released snapshot says now: the verdict, or why there is none. */
  async verdict(id: Digest | undefined): Promise<string> {
    if (id === undefined) throw new Error('nothing was released');
    const finding = await this.live.service.audit.find(tenant, id);
    if (finding?.kind !== 'found') throw new Error('the snapshot is not on record');
    const verdict: Verdict = await replayFull(this.live.service.replay, finding.entry);
    return verdict.verdict === 'UNREPLAYABLE' ? verdict.reason : verdict.verdict;
  }

  /** The number of the broker that leads the partition, as these say; -1: nobody does. */
  async leaderOf(topic: string, partition: number, servers = this.topics.servers): Promise<number> {
    const admin = impatient(servers).admin();
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    await admin.disconnect();
    return topics[0]?.partitions.find(({ partitionId }) => partitionId === partition)?.leader ?? -1;
  }

  accept(partition: PartitionKey, kind: AcceptableKind): Promise<'now' | 'at_next_start'> {
    const { accepting } = this.live.service.engines;
    if (accepting === undefined) throw new Error('a log of others accepts');
    return accepting.accept(partition, kind);
  }

  partition(number: number, topic = this.tickets): PartitionKey {
    return partitionKey(topic, number);
  }

  /** How many records of a topic have been counted, and how many the log has. */
  async counted(topic = this.tickets): Promise<{ readonly counted: number; readonly inLog: number }> {
    const progress = await this.live.service.engines.state.progress();
    const own = [...progress].filter(([key]) => key.startsWith(`${topic}:`));
    const counted = own.flatMap(([, { counts }]) => Object.values(counts)).reduce((sum, count) => sum + count, 0);
    const ends = await this.topics.admin.fetchTopicOffsets(topic);
    return { counted, inLog: ends.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0) };
  }

  /** Whom each record of a partition is about, as another client reads it now from the beginning. A leader of before may tell it an end that was. */
  async logOf(topic: string, partition: number): Promise<ReadonlyMap<bigint, string>> {
    const [end = 0n] = (await this.topics.admin.fetchTopicOffsets(topic))
      .filter((one) => one.partition === partition)
      .map(({ high }) => BigInt(high));
    if (end === 0n) return new Map();
    const consumer = kafkaClient(this.topics.servers).consumer({ groupId: `${topic}-${performance.now()}` });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const seen = new Map<bigint, string>();
    try {
      await new Promise<void>((resolve, reject) => {
        const eachMessage = async ({ partition: of, message }: EachMessagePayload) => {
          if (of !== partition) return;
          seen.set(BigInt(message.offset), subjectOf(message.value));
          if (BigInt(message.offset) === end - 1n) resolve();
        };
        consumer.run({ eachMessage }).catch(reject);
      });
      return seen;
    } finally {
      await consumer.disconnect();
    }
  }

  /** The same of the journal. */
  async journalOf(topic: string, partition: number): Promise<ReadonlyMap<bigint, string>> {
    const seen = new Map<bigint, string>();
    const { log } = this.live.service.engines;
    const [end = 0n] = [(await log.ends()).get(partitionKey(topic, partition))];
    for await (const records of log.scan(topic, partition, 0n, end)) {
      for (const { position, value } of records) seen.set(position.offset, subjectOf(value));
    }
    return seen;
  }

  /** Ends everything and leaves nothing. */
  async close(): Promise<void> {
    await this.end();
    await this.#producer.disconnect();
    await this.topics.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A broker that stands still is given up soon, and another is asked. */
function impatient(servers: readonly string[]): Kafka {
  const waits = { requestTimeout: 2_000, connectionTimeout: 2_000, authenticationTimeout: 2_000 };
  const retry = { initialRetryTime: 100, maxRetryTime: 500, retries: 20 };
  return new Kafka({ clientId: 'tidemark-faults', brokers: [...servers], logLevel: logLevel.NOTHING, retry, ...waits });
}

function subjectOf(value: Uint8Array | null): string {
  return JSON.parse(Buffer.from(value ?? []).toString()).subject;
}

function requestWithin(maxStalenessMs: number) {
  const request = contextRequest({ limits: { policies: 10, tickets: 50 }, tokenBudget: 100_000 });
  return { ...request, consistency: { ...request.consistency, maxStalenessMs, onViolation: 'mark' } } as const;
}

function shownOf(items: readonly { readonly ref: string; readonly value: JsonObject }[]): ReadonlyMap<string, unknown> {
  const tickets = items.filter(({ ref }) => ref.startsWith('ticket/'));
  return new Map(tickets.map(({ ref, value }) => [ref.slice('ticket/'.length), value.n]));
}

/** So many ids whose tickets belong to this partition of so many. */
export function idsOf(partition: number, partitions: number, count: number): readonly string[] {
  const found: string[] = [];
  for (let number = 0; found.length < count; number++) {
    const id = `T-${number}`;
    if (partitionOfId(id, partitions) === partition) found.push(id);
  }
  return found;
}

export function partitionOfId(id: string, partitions: number): number {
  return partitionOf(recordKey(tenant, id), partitions);
}
