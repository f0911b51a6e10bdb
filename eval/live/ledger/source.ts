/** The producer of W1: another team's program, which comes to the brokers past all faults and writes down what they acknowledge. */
import { setInterval as ticks } from 'node:timers/promises';
import { Partitioners, type Producer } from 'kafkajs';
import { partitionOf } from '../../../src/log/partitioner.js';
import { type TopicMap, topicAbout } from '../../../src/log/topics.js';
import { kafkaClient } from '../topics.js';
import type { Acked } from './history.js';
import { nameOf, type Sending, type Subject, type Workload } from './workload.js';

const TICK_MS = 100;

export class Source {
  readonly acked: Acked[] = [];
  /** The newest change of each entity that was acknowledged: what a writer would pass on as its token. */
  readonly newest = new Map<string, Acked>();
  readonly #workload: Workload;
  readonly #map: TopicMap;
  readonly #producer: Producer;
  /** One request at a time: what is sent later stands later in the log. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(workload: Workload, map: TopicMap, producer: Producer) {
    this.#workload = workload;
    this.#map = map;
    this.#producer = producer;
  }

  static async open(workload: Workload, map: TopicMap, servers: readonly string[]): Promise<Source> {
    const producer = kafkaClient(servers).producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    return new Source(workload, map, producer);
  }

  async close(): Promise<void> {
    await this.#producer.disconnect();
  }

  /** So many records a second, until `enough` says so. */
  async run(perSecond: number, enough: () => boolean): Promise<void> {
    for await (const _ of ticks(TICK_MS)) {
      if (enough()) return;
      await this.sendSome(Math.ceil((perSecond * TICK_MS) / 1_000));
    }
  }

  /** At least so many; a run stays whole. */
  sendSome(count: number): Promise<readonly Acked[]> {
    const sendings: Sending[] = [];
    while (sendings.length < count) sendings.push(...this.#workload.next());
    return this.#send(sendings);
  }

  poison(subject: Subject): Promise<readonly Acked[]> {
    return this.#send([this.#workload.poison(subject)]);
  }

  get subjects(): readonly Subject[] {
    return this.#workload.subjects;
  }

  placeOf({ tenant, kind, id }: Subject): { readonly topic: string; readonly partition: number } {
    const { name: topic, partitions } = topicAbout(this.#map, kind);
    return { topic, partition: partitionOf(Buffer.from(`${tenant}/${id}`), partitions) };
  }

  #send(sendings: readonly Sending[]): Promise<readonly Acked[]> {
    const sent = this.#last.then(() => this.#sendNow(sendings));
    this.#last = sent;
    return sent;
  }

  async #sendNow(sendings: readonly Sending[]): Promise<readonly Acked[]> {
    const placed = sendings.map((sending) => ({ sending, ...this.placeOf(sending.subject) }));
    const topics = [...new Set(placed.map(({ topic }) => topic))];
    const topicMessages = topics.map((topic) => ({
      topic,
      messages: placed
        .filter((one) => one.topic === topic)
        .map(({ partition, sending: { key, value } }) => ({ partition, key, value })),
    }));
    const replies = await this.#producer.sendBatch({ topicMessages, acks: -1 });
    const ackedAtMs = performance.now();
    const next = new Map(replies.map((one) => [`${one.topicName}:${one.partition}`, BigInt(one.baseOffset ?? -1)]));
    const acked = placed.map(({ sending, topic, partition }): Acked => {
      const offset = next.get(`${topic}:${partition}`) ?? -1n;
      next.set(`${topic}:${partition}`, offset + 1n);
      return { ...sending, topic, partition, offset, ackedAtMs };
    });
    this.acked.push(...acked);
    for (const one of acked) if (one.sort === 'new') this.newest.set(nameOf(one.subject), one);
    return acked;
  }
}
