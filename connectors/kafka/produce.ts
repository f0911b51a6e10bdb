/** Records as brokers take them (request "Produce"): batches of one partition each, headers in the order given. */
import {
  type Connection,
  initProducerIdV4,
  type MessageRecord,
  NumericMap,
  ProduceAcks,
  produceV9 as produceApi,
  type produceV9,
  protocolErrors,
} from '@platformatic/kafka';
import { limits } from '../../src/limits.js';
import type { Outgoing } from './append-queue.js';
import type { Question } from './connections.js';
import { refusedByNumber, withAnswer } from './errors.js';
import type { Written } from './producer.js';

/** Records of one partition, in their order. */
export interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: MessageRecord[];
}

/** Who sends, and how many records of each partition have been acknowledged: brokers take none twice (KIP-98). */
export interface Numbering {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  /** By `<topic>:<partition>`. */
  readonly sequences: NumericMap;
}

export interface FailedBatch {
  readonly batch: Batch;
  readonly error: unknown;
  /** The same request may succeed; it may have been carried out already. */
  readonly mayPass: boolean;
}

export interface Produced {
  readonly written: readonly Written[];
  readonly failed: readonly FailedBatch[];
}

const NO_TRANSACTION = null;
const NO_ID_YET = -1n;
const NO_EPOCH_YET = -1;

/** In the order given, so records of a partition keep theirs. */
export function batchesOf(outgoing: readonly Outgoing[]): readonly Batch[] {
  const batches = new Map<string, Batch>();
  for (const { topic, partition, record } of outgoing) {
    const key = keyOf({ topic, partition });
    const batch = batches.get(key) ?? { topic, partition, messages: [] };
    batches.set(key, batch);
    // The names are different objects even where their bytes are the same, so none takes the place of another.
    const headers = new Map(record.headers.map(([name, value]) => [Buffer.from(name), bufferOf(value)]));
    // The client's type knows no tombstone; what it writes does.
    const content = { key: record.key && bufferOf(record.key), value: record.value && bufferOf(record.value) };
    batch.messages.push({ topic, partition, headers, ...content } as MessageRecord);
  }
  return [...batches.values()];
}

/** Asks a broker, any of them, for an id nobody else has. */
export const askForId: Question<Numbering> = (connection, done) => {
  initProducerIdV4.api(connection, NO_TRANSACTION, limits.remoteAskMs, NO_ID_YET, NO_EPOCH_YET, (error, answer) => {
    if (error !== null && error !== undefined) return done(error, undefined);
    const { producerId = NO_ID_YET, producerEpoch = 0 } = answer ?? {};
    done(null, { producerId, producerEpoch, sequences: new NumericMap() });
  });
};

/** To the leader of these batches; what it acknowledges all in-sync replicas have. */
export function produce(batches: readonly Batch[], numbering: Numbering): Question<Produced> {
  const messages = batches.flatMap((batch) => batch.messages);
  return (connection: Connection, done) => {
    const judge = withAnswer<produceV9.ProduceResponse | boolean>((error, response) => {
      // A question that nobody answers in time ends with null for an answer.
      if (typeof response !== 'object' || response === null) return done(error, undefined);
      done(null, judged(batches, numbering, response));
    });
    produceApi.api(connection, ProduceAcks.ALL, limits.remoteAskMs, messages, numbering, judge);
  };
}

function judged(batches: readonly Batch[], numbering: Numbering, { responses }: produceV9.ProduceResponse): Produced {
  const answers = new Map(
    responses.flatMap(({ name: topic, partitionResponses }) =>
      partitionResponses.map((answer) => [keyOf({ topic, partition: answer.index }), answer] as const),
    ),
  );
  const written: Written[] = [];
  const failed: FailedBatch[] = [];
  for (const batch of batches) {
    const key = keyOf(batch);
    const answer = answers.get(key);
    if (answer?.errorCode === 0) {
      const { topic, partition, messages } = batch;
      numbering.sequences.set(key, numbering.sequences.getWithDefault(key, 0) + messages.length);
      written.push({ topic, partition, baseOffset: answer.baseOffset });
    } else {
      const errorCode = answer?.errorCode ?? UNKNOWN_ERROR;
      failed.push({ batch, error: refusedByNumber(errorCode, 'appending'), mayPass: mayPass(errorCode) });
    }
  }
  return { written, failed };
}

const UNKNOWN_ERROR = -1;

function mayPass(errorCode: number): boolean {
  return Object.values(protocolErrors).some(({ code, canRetry }) => code === errorCode && canRetry);
}

export function keyOf({ topic, partition }: Pick<Batch, 'topic' | 'partition'>): string {
  return `${topic}:${partition}`;
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
