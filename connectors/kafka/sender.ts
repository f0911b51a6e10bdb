/**
 * One request to append, through kafkajs, idempotent: what is sent again inside the client is written once. The producer is thrown
 * away after any failure: it would number the next records as it had numbered those of which nobody knows whether they were written,
 * and brokers would take them for the same and drop them.
 */
import { Kafka, type Message, type Producer, type RecordMetadata } from 'kafkajs';
import { TidemarkError } from '../../src/errors.js';
import { limits } from '../../src/limits.js';
import type { Outgoing } from './append-queue.js';
import type { Written } from './producer.js';
import { type KafkaSettings, kafkajsOptions } from './settings.js';

const ALL_IN_SYNC = -1;

export class KafkaSender {
  readonly #kafka: Kafka;
  #producer: Promise<Producer> | undefined;

  constructor(settings: KafkaSettings) {
    this.#kafka = new Kafka(kafkajsOptions(settings));
  }

  /** Rejects, with an error of the client or of ours, within `limits.remoteAppendMs`. */
  async send(outgoing: readonly Outgoing[]): Promise<readonly Written[]> {
    this.#producer ??= this.#connected();
    const producer = this.#producer;
    try {
      const written = await withinBound(
        producer.then((connected) =>
          connected.sendBatch({ acks: ALL_IN_SYNC, timeout: limits.remoteAskMs, topicMessages: messagesOf(outgoing) }),
        ),
      );
      return written.map(writtenOf);
    } catch (error) {
      this.#discard(producer);
      throw error;
    }
  }

  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    await producer?.then(
      (connected) => connected.disconnect(),
      () => undefined,
    );
  }

  async #connected(): Promise<Producer> {
    const producer = this.#kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      metadataMaxAge: limits.remoteMetadataMs,
      allowAutoTopicCreation: false,
      // The partition has been chosen, as Kafka's own default does; the client is not to choose another.
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 0,
    });
    await producer.connect();
    return producer;
  }

  /** In the background: a broker that does not answer holds up a disconnect as well. */
  #discard(producer: Promise<Producer>): void {
    if (this.#producer === producer) this.#producer = undefined;
    producer.then((connected) => connected.disconnect()).catch(() => undefined);
  }
}

/** In the order given, so records of a partition keep theirs. */
function messagesOf(outgoing: readonly Outgoing[]): { topic: string; messages: Message[] }[] {
  const topics = new Map<string, Message[]>();
  for (const { topic, partition, record } of outgoing) {
    const messages = topics.get(topic) ?? [];
    topics.set(topic, messages);
    const { key, value } = record;
    messages.push({
      partition,
      key: key === null ? null : Buffer.from(key.buffer, key.byteOffset, key.length),
      value: value === null ? null : Buffer.from(value.buffer, value.byteOffset, value.length),
      headers: headersOf(record),
    });
  }
  return [...topics].map(([topic, messages]) => ({ topic, messages }));
}

/** The client groups values by name: those of one name keep their order. No prototype: any name is a name. */
function headersOf({ headers }: Outgoing['record']): Record<string, Buffer[]> {
  const grouped: Record<string, Buffer[]> = Object.create(null);
  for (const [name, value] of headers) {
    const values = grouped[name] ?? [];
    grouped[name] = values;
    values.push(Buffer.from(value.buffer, value.byteOffset, value.length));
  }
  return grouped;
}

function writtenOf({ topicName, partition, baseOffset }: RecordMetadata): Written {
  return { topic: topicName, partition, baseOffset: BigInt(baseOffset ?? -1) };
}

async function withinBound<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unanswered()), limits.remoteAppendMs);
  });
  try {
    return await Promise.race([work, bound]);
  } finally {
    clearTimeout(timer);
  }
}

function unanswered(): TidemarkError {
  return new TidemarkError({
    code: 'unreachable',
    message: `The Kafka brokers have not acknowledged an append within ${limits.remoteAppendMs} ms.`,
    advice: 'Try again; the records may have been written.',
    retriable: true,
  });
}
