/** One stream thrice: in the topics of a real broker, as NDJSON, and in the journal that a service has made of those topics. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompressionTypes, Partitioners, type Producer, type Sender } from 'kafkajs';
import { readConfig } from '../../../src/config.js';
import type { NewRecord } from '../../../src/log/port.js';
import type { TopicMap } from '../../../src/log/topics.js';
import { evaluation } from '../../../src/main/evaluation.js';
import type { Report } from '../../harness/types.js';
import { openLiveService } from '../service.test-support.js';
import { kafkaServers, kafkaUrl } from '../settings.js';
import { kafkaClient, LiveTopics } from '../topics.js';

/** A record, when its producer says it was made, and the offset that it got. */
export interface Sent {
  readonly record: NewRecord;
  readonly atMs: number;
  readonly partition: number;
  readonly offset: bigint;
}

/** What an evaluation says of a stream that does not depend on where the stream lies. */
export interface Outcome {
  readonly stream: Report['stream'];
  readonly answers: readonly unknown[];
}

export class EvaluationScene {
  readonly topics: LiveTopics;
  readonly map: TopicMap;
  readonly folder = mkdtempSync(join(tmpdir(), 'tidemark-evaluated-'));
  readonly sent: Sent[] = [];
  readonly #producer: Producer;
  #runs = 0;

  private constructor(topics: LiveTopics, map: TopicMap, producer: Producer) {
    this.topics = topics;
    this.map = map;
    this.#producer = producer;
  }

  static async open(): Promise<EvaluationScene> {
    const topics = await LiveTopics.open(kafkaServers());
    // The records are dated as the world is, which brokers would soon take for too old to be kept.
    const map = await topics.createMap({ settings: { 'retention.ms': '-1' } });
    const producer = kafkaClient(kafkaServers()).producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      transactionalId: `${topics.prefix}-writer`,
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    return new EvaluationScene(topics, map, producer);
  }

  /** In one transaction; those of a key stay in one partition, in their order. */
  async send(records: readonly (readonly [NewRecord, number])[]): Promise<void> {
    const order = new Map(records.map(([record], index) => [record, index]));
    const transaction = await this.#producer.transaction();
    const sent: Sent[] = [];
    for (const { name, partitions } of this.map.sources) {
      const own = records.filter(([{ topic }]) => topic === name);
      if (own.length > 0) sent.push(...(await this.#sendTo(transaction, name, { own, partitions })));
    }
    await transaction.commit();
    this.sent.push(...sent.sort((a, b) => (order.get(a.record) ?? 0) - (order.get(b.record) ?? 0)));
  }

  /** What no reader may see: it takes offsets all the same. */
  async sendAborted(record: NewRecord, atMs: number): Promise<void> {
    const transaction = await this.#producer.transaction();
    await transaction.send({ topic: record.topic, messages: [messageOf(record, atMs, partitionOf(record, 4))] });
    await transaction.abort();
  }

  async #sendTo(
    transaction: Sender,
    topic: string,
    { own, partitions }: { readonly own: readonly (readonly [NewRecord, number])[]; readonly partitions: number },
  ): Promise<readonly Sent[]> {
    const messages = own.map(([record, atMs]) => messageOf(record, atMs, partitionOf(record, partitions)));
    const acknowledged = await transaction.send({ topic, messages, compression: CompressionTypes.None });
    const next = new Map(acknowledged.map(({ partition, baseOffset }) => [partition, BigInt(baseOffset ?? '')]));
    return own.map(([record, atMs]) => {
      const partition = partitionOf(record, partitions);
      const offset = next.get(partition) ?? -1n;
      next.set(partition, offset + 1n);
      return { record, atMs, partition, offset };
    });
  }

  /** Everything that was sent and not aborted, in the order of its arrival. */
  writeLines(): string {
    const path = join(this.folder, 'stream.ndjson');
    const lines = this.sent.map(({ record, atMs, partition, offset }) => {
      const headers = Object.fromEntries(record.headers.map(([name, value]) => [name, base64(value)]));
      const { topic, key, value } = record;
      const body = { key: key && base64(key), value: value && base64(value), headers };
      return JSON.stringify({ topic, partition, offset: String(offset), timestamp: atMs, ...body });
    });
    writeFileSync(path, `${lines.join('\n')}\n`);
    return path;
  }

  /** The folder of the journal that a service has made, which has ended. */
  async copyToJournal(): Promise<string> {
    const live = await openLiveService({ url: kafkaUrl() ?? '', topics: this.map, folder: this.folder });
    await live.caughtUp();
    await live.close();
    return join(this.folder, 'journal');
  }

  /** `lines`: of the suite, but for its name and its stream. */
  async evaluate(stream: object, lines: readonly string[]): Promise<Outcome> {
    const out = join(this.folder, `run-${++this.#runs}`);
    const suite = join(this.folder, `suite-${this.#runs}.yaml`);
    writeFileSync(suite, ['name: same', `stream: ${JSON.stringify(stream)}`, ...lines, ''].join('\n'));
    const topics = join(this.folder, 'evaluated-topics.json');
    writeFileSync(topics, JSON.stringify(this.map));
    const watching = { signal: new AbortController().signal, progress: () => {} };
    const told = await evaluation.run(readConfig({ TOPICS: topics }), { suite, out, resume: false }, watching);
    if (told.kind !== 'done') throw new Error('nobody interrupted it');
    const report = told.json as unknown as Report;
    const answers = report.questions.map(({ snapshot, ...answer }) => answer);
    return { stream: report.stream, answers };
  }

  async close(): Promise<void> {
    await this.#producer.disconnect();
    await this.topics.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function messageOf({ key, value, headers }: NewRecord, atMs: number, partition: number) {
  const named = Object.fromEntries(headers.map(([name, bytes]) => [name, Buffer.from(bytes)]));
  const bytes = (part: Uint8Array | null) => part && Buffer.from(part);
  return { key: bytes(key), value: bytes(value), headers: named, timestamp: String(atMs), partition };
}

function base64(bytes: Uint8Array) {
  return { base64: Buffer.from(bytes).toString('base64') };
}

/** Any rule will do that keeps a key in one partition. */
function partitionOf({ key }: NewRecord, partitions: number): number {
  return (key ?? new Uint8Array()).reduce((sum, byte) => (sum * 31 + byte) % 65_521, 7) % partitions;
}
