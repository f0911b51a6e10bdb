/** A whole service whose way to the brokers a test breaks, fed by a client that is not ours and comes to them past the faults. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Message, Partitioners, type Producer } from 'kafkajs';
import type { JsonObject } from '../../../src/domain/canonical.js';
import { type PartitionKey, partitionKey } from '../../../src/domain/position.js';
import { contextRequest, keyOf, recordOf, ticket } from '../../../src/fixtures.test-support.js';
import { type TopicMap, topicAbout } from '../../../src/log/topics.js';
import type { Freshness } from '../../../src/snapshot/freshness.js';
import { eventually } from '../eventually.test-support.js';
import { type LiveService, openLiveService } from '../service.test-support.js';
import { kafkaServers } from '../settings.js';
import { kafkaClient, LiveTopics, type TopicPlan } from '../topics.js';

/** Where a ticket is on the log: all tests here write one partition, in an order that can be checked. */
export const PARTITION = 0;

/** A label that is looked at while something goes wrong. */
export interface Look extends Freshness {
  readonly atMs: number;
}

export class FaultScene {
  readonly topics: LiveTopics;
  readonly map: TopicMap;
  readonly producer: Producer;
  readonly #folder = mkdtempSync(join(tmpdir(), 'tidemark-faults-'));
  #live: LiveService | undefined;

  private constructor(topics: LiveTopics, map: TopicMap, producer: Producer) {
    this.topics = topics;
    this.map = map;
    this.producer = producer;
  }

  static async open(plan: Omit<TopicPlan, 'partitions'> = {}): Promise<FaultScene> {
    const topics = await LiveTopics.open(kafkaServers());
    const map = await topics.createMap(plan);
    const producer = kafkaClient(kafkaServers()).producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    return new FaultScene(topics, map, producer);
  }

  get live(): LiveService {
    if (this.#live === undefined) throw new Error('the service is not open');
    return this.#live;
  }

  get tickets(): string {
    return topicAbout(this.map, 'ticket').name;
  }

  get partition(): PartitionKey {
    return partitionKey(this.tickets, PARTITION);
  }

  /** Opens the service, on what it had when it was open before. It may still be catching up. */
  async serve(servers: readonly string[] = kafkaServers()): Promise<LiveService> {
    const url = `kafka://${servers.join(',')}`;
    this.#live = await openLiveService({ url, topics: this.map, folder: this.#folder });
    return this.#live;
  }

  async stop(): Promise<void> {
    const live = this.#live;
    this.#live = undefined;
    await live?.close();
  }

  async close(): Promise<void> {
    await this.stop();
    await this.producer.disconnect();
    await this.topics.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Tickets of these ids, in one request. */
  async send(ids: readonly string[], more: Partial<Message> = {}): Promise<void> {
    await this.producer.send({ topic: this.tickets, messages: ids.map((id) => ({ ...messageOf(id), ...more })) });
  }

  /** Those of the ids of which the state knows nothing. */
  async missing(ids: readonly string[]): Promise<readonly string[]> {
    const found = await this.live.service.engines.state.entities(ids.map((id) => keyOf('ticket', id)));
    return ids.filter((_, index) => found[index]?.status !== 'present');
  }

  /** How many records of the tickets' partition the state counts; a record that was applied twice counts twice. */
  async applied(): Promise<number> {
    const progress = await this.live.service.engines.state.progress();
    return progress.get(this.partition)?.counts.applied ?? 0;
  }

  /** What the journal has of the tickets' partition below an offset: the ids, in order. A value that was harmed would be no JSON. */
  async copied(before: bigint): Promise<readonly string[]> {
    const ids: string[] = [];
    for await (const records of this.live.service.engines.log.scan(this.tickets, PARTITION, 0n, before)) {
      ids.push(...records.map(({ value }) => idIn(value)));
    }
    return ids;
  }

  /** When its producers said the records of the tickets' partition were made, in the order of the log. */
  async timestamps(before: bigint): Promise<readonly number[]> {
    const all: number[] = [];
    for await (const records of this.live.service.engines.log.scan(this.tickets, PARTITION, 0n, before)) {
      all.push(...records.map(({ timestampMs }) => timestampMs));
    }
    return all;
  }

  /** The field of a ticket in which tests leave a mark. */
  async subjectOf(id: string): Promise<unknown> {
    const [found] = await this.live.service.engines.state.entities([keyOf('ticket', id)]);
    if (found?.status !== 'present') return undefined;
    const data: { readonly subject?: unknown } = JSON.parse(found.json);
    return data.subject;
  }

  /** The label of an answer that is put together now. Nothing is written: it can be had while the log cannot. */
  async look(maxStalenessMs: number): Promise<Look> {
    const { consistency } = contextRequest();
    const request = contextRequest({ consistency: { ...consistency, maxStalenessMs } });
    const { freshness } = await this.live.service.snapshots.reassemble(request, Date.now());
    return { ...freshness, atMs: performance.now() };
  }
}

/** As another team's program writes it, into the one partition that is looked at. */
export function messageOf(id: string, data: JsonObject = {}): Message {
  const { key, value } = recordOf('ticket', id, ticket(id, data));
  return { key: key && Buffer.from(key), value: value && Buffer.from(value), partition: PARTITION };
}

export function idsOf(name: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${name}-${index}`);
}

function idIn(value: Uint8Array | null): string {
  const event: { readonly subject?: unknown } = JSON.parse(Buffer.from(value ?? []).toString());
  return String(event.subject);
}

export interface Watched {
  readonly looks: readonly Look[];
  /** When a label was first the one that was waited for; rejects when that takes too long. */
  readonly seenAtMs: number;
}

export interface Watching {
  readonly maxStalenessMs: number;
  /** How long what is waited for takes by its nature. */
  readonly lastsMs?: number;
  /** Done before each look: load that goes on. */
  readonly meanwhile?: () => Promise<void>;
}

const LOOK_EACH_MS = 100;

/** Looks again and again until a look is what was waited for. */
export async function watchUntil(
  scene: FaultScene,
  wanted: (look: Look) => boolean,
  { maxStalenessMs, lastsMs = 0, meanwhile }: Watching,
): Promise<Watched> {
  const looks: Look[] = [];
  const seenAtMs = await eventually(
    async () => {
      await meanwhile?.();
      const look = await scene.look(maxStalenessMs);
      looks.push(look);
      if (!wanted(look)) throw new Error(`the last look: ${JSON.stringify(look)}`);
      return look.atMs;
    },
    { withinMs: lastsMs + 60_000, everyMs: LOOK_EACH_MS },
  );
  return { looks, seenAtMs };
}

/** For annotations. */
export function ms(durationMs: number): string {
  return `${Math.round(durationMs)} ms`;
}
