/**
 * Appends that wait for the request that is on its way, in the order they came in. A request takes what fits: all records of one
 * partition in a request are one batch, and brokers have a limit for batches, one mebibyte unless told otherwise.
 */

import type { Position } from '../../src/domain/position.js';
import { TidemarkError } from '../../src/errors.js';
import { limits } from '../../src/limits.js';
import type { NewRecord } from '../../src/log/port.js';

export type Appended = Omit<Position, 'incarnation' | 'leaderEpoch'>;

/** One record on its way, with bytes of its own. */
export interface Outgoing {
  readonly append: Append;
  /** Among the records of its append. */
  readonly index: number;
  readonly topic: string;
  readonly partition: number;
  readonly record: NewRecord;
  readonly bytes: number;
}

/** One call of `append`: settled when the last of its records is, or the first fails. */
export class Append {
  readonly #positions: Appended[] = [];
  readonly #resolve: (positions: readonly Appended[]) => void;
  readonly #reject: (error: TidemarkError) => void;
  #left: number;
  isSettled = false;

  constructor(
    records: number,
    resolve: (positions: readonly Appended[]) => void,
    reject: (error: TidemarkError) => void,
  ) {
    this.#left = records;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  place(index: number, position: Appended): void {
    this.#positions[index] = position;
    this.#left -= 1;
    if (this.#left > 0 || this.isSettled) return;
    this.isSettled = true;
    this.#resolve(this.#positions);
  }

  fail(error: TidemarkError): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.#reject(error);
  }
}

export class AppendQueue {
  #waiting: Outgoing[] = [];
  #records = 0;
  #bytes = 0;

  /** Throws `overloaded`: then nothing has been taken. */
  add(outgoing: readonly Outgoing[]): void {
    const bytes = outgoing.reduce((sum, one) => sum + one.bytes, 0);
    if (this.#records + outgoing.length > limits.appendQueueMax || this.#bytes + bytes > limits.appendQueueBytesMax) {
      throw overloaded(this.#records);
    }
    this.#records += outgoing.length;
    this.#bytes += bytes;
    this.#waiting = this.#waiting.concat(outgoing);
  }

  /** The next request, empty when nothing waits. Records of appends that have failed are left out: nobody waits for them. */
  take(): readonly Outgoing[] {
    const batches = new Map<string, number>();
    const taken: Outgoing[] = [];
    let looked = 0;
    for (const one of this.#waiting) {
      if (one.append.isSettled) this.release([one]);
      else {
        const key = `${one.topic}:${one.partition}`;
        const batch = batches.get(key) ?? 0;
        const isFull = batch > 0 && batch + one.bytes > limits.remoteBatchBytes;
        if (isFull || taken.length >= limits.remoteRequestRecordsMax) break;
        batches.set(key, batch + one.bytes);
        taken.push(one);
      }
      looked += 1;
    }
    this.#waiting = this.#waiting.slice(looked);
    return taken;
  }

  /** Nothing waits any more. */
  failAll(error: TidemarkError): void {
    for (const { append } of this.#waiting) append.fail(error);
    this.release(this.#waiting);
    this.#waiting = [];
  }

  /** What was taken is no longer in memory. */
  release(outgoing: readonly Outgoing[]): void {
    this.#records -= outgoing.length;
    for (const { bytes } of outgoing) this.#bytes -= bytes;
  }
}

/** Bytes of lengths, deltas and attributes of one record: at most 5 for each varint (Kafka's record format, version 2). */
const RECORD_OVERHEAD = 32;
const HEADER_OVERHEAD = 10;

/** A copy: the caller's buffers are its own again. Throws `request_too_large`. */
export function admitted(record: NewRecord): { readonly record: NewRecord; readonly bytes: number } {
  const headers = record.headers.map(([name, value]) => [name, Buffer.from(value)] as const);
  const headerBytes = headers.reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + value.length, 0);
  const key = record.key === null ? null : Buffer.from(record.key);
  const value = record.value === null ? null : Buffer.from(record.value);
  const bytes =
    RECORD_OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0) + headerBytes + headers.length * HEADER_OVERHEAD;
  if (headers.length > limits.recordHeadersMax) throw tooLarge(headers.length, 'headers', limits.recordHeadersMax);
  if (headerBytes > limits.recordHeaderBytesMax) {
    throw tooLarge(headerBytes, 'bytes of headers', limits.recordHeaderBytesMax);
  }
  if (bytes > limits.frameBytesMax) throw tooLarge(bytes, 'bytes', limits.frameBytesMax);
  return { record: { topic: record.topic, key, headers, value }, bytes };
}

function tooLarge(count: number, what: string, max: number): TidemarkError {
  return new TidemarkError({
    code: 'request_too_large',
    message: `A record has ${count} ${what}, more than ${max}.`,
    advice: 'Store large content elsewhere and append a pointer with its hash.',
    retriable: false,
  });
}

function overloaded(queued: number): TidemarkError {
  return new TidemarkError({
    code: 'overloaded',
    message: 'Too many appends are waiting for the Kafka brokers.',
    advice: 'Retry after a moment.',
    retriable: true,
    facts: { queued },
  });
}
