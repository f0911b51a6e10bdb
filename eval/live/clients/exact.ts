/**
 * Records exactly as told, byte for byte: headers in their order and as often as they stand, timestamps, nulls, batches as large as may
 * be, packed and in transactions. Of @platformatic/kafka, since kafkajs groups headers by name.
 */
import {
  type CompressionAlgorithmValue,
  type MessageToProduce,
  type ProduceResult,
  Producer,
} from '@platformatic/kafka';
import type { NewRecord } from '../../../src/log/port.js';

export interface ExactRecord extends Omit<NewRecord, 'headers'> {
  /** Names that are no text go as bytes. */
  readonly headers: readonly (readonly [name: string | Uint8Array, value: Uint8Array | null])[];
  readonly partition: number;
  readonly timestampMs?: number;
}

/** What is sent at once is one batch per partition. */
export interface Sending {
  readonly records: readonly ExactRecord[];
  readonly codec?: CompressionAlgorithmValue;
  readonly transaction?: 'committed' | 'aborted';
}

export class ExactProducer {
  readonly #plain: Producer;
  readonly #transactional: Producer;

  private constructor(servers: readonly string[], transactionalId: string) {
    const options = { clientId: 'exact', bootstrapBrokers: [...servers], acks: -1, timeout: 30_000 };
    this.#plain = new Producer(options);
    this.#transactional = new Producer({ ...options, idempotent: true, transactionalId });
  }

  static open(servers: readonly string[], transactionalId: string): ExactProducer {
    return new ExactProducer(servers, transactionalId);
  }

  /** Resolves with `topic:partition:offset` of each. */
  async send({ records, codec = 'none', transaction }: Sending): Promise<readonly string[]> {
    const options = { messages: records.map(messageOf), compression: codec };
    if (transaction === undefined) return positionsOf(records, await this.#plain.send(options));
    const begun = await this.#transactional.beginTransaction();
    const told = await begun.send(options);
    await (transaction === 'committed' ? begun.commit() : begun.abort());
    return positionsOf(records, told);
  }

  async close(): Promise<void> {
    await Promise.all([this.#plain.close(), this.#transactional.close()]);
  }
}

function messageOf({ topic, partition, key, value, headers, timestampMs }: ExactRecord): MessageToProduce {
  return {
    topic,
    partition,
    ...(key === null ? {} : { key: Buffer.from(key) }),
    ...(value === null ? {} : { value: Buffer.from(value) }),
    headers: headersOf(headers),
    ...(timestampMs === undefined ? {} : { timestamp: BigInt(timestampMs) }),
  };
}

/** Names as bytes: two that are alike are two keys of the map. A value that is not there is written as such, against the types. */
function headersOf(headers: ExactRecord['headers']): Map<Buffer, Buffer> {
  const pairs = headers.map(
    ([name, value]) => [Buffer.from(name), value === null ? null : Buffer.from(value)] as const,
  );
  return new Map(pairs) as Map<Buffer, Buffer>;
}

/** Acknowledged is the offset of the first record of a partition; those of the others follow. */
function positionsOf(records: readonly ExactRecord[], { offsets = [] }: ProduceResult): readonly string[] {
  const next = new Map(offsets.map(({ topic, partition, offset }) => [`${topic}:${partition}`, offset]));
  return records.map(({ topic, partition }) => {
    const offset = next.get(`${topic}:${partition}`);
    if (offset === undefined) throw new Error('a partition was not acknowledged');
    next.set(`${topic}:${partition}`, offset + 1n);
    return `${topic}:${partition}:${offset}`;
  });
}
