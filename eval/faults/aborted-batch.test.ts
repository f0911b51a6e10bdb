/** A transaction that was aborted, as a broker put it on the wire (the shared data, `kafka_wire`). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CONTROL, TRANSACTIONAL, type WireBatch } from '../../connectors/kafka/batches.js';
import { type PartitionAnswer, slicesOf } from '../../connectors/kafka/records.js';
import { dataFolder, dataFolderMissing } from '../data.js';

interface Vector {
  readonly abortedTransactions: readonly { readonly producerId: string; readonly firstOffset: string }[];
  readonly messages: readonly VectorMessage[];
}

interface VectorMessage {
  readonly offset: string;
  readonly timestamp: string;
  readonly isControlRecord: boolean;
  readonly key: { readonly hex: string };
  readonly value: { readonly hex: string };
  readonly batchContext: { readonly partitionLeaderEpoch: number; readonly producerId: string };
}

/** Each message as a batch of its own. */
function batchOf({ offset, timestamp, isControlRecord, key, value, batchContext }: VectorMessage): WireBatch {
  const bytes = { key: Buffer.from(key.hex, 'hex'), value: Buffer.from(value.hex, 'hex') };
  return {
    firstOffset: BigInt(offset),
    end: BigInt(offset) + 1n,
    leaderEpoch: batchContext.partitionLeaderEpoch,
    attributes: TRANSACTIONAL | (isControlRecord ? CONTROL : 0),
    firstTimestampMs: Number(timestamp),
    maxTimestampMs: Number(timestamp),
    producerId: BigInt(batchContext.producerId),
    records: () => [{ offsetDelta: 0, timestampDeltaMs: 0, headers: [], ...bytes }],
  };
}

function answer(data: string): PartitionAnswer {
  const vector: Vector = JSON.parse(readFileSync(join(data, 'kafka_wire/aborted_batch.json'), 'utf8'));
  const aborted = vector.abortedTransactions.map(({ producerId, firstOffset }) => ({
    producerId: BigInt(producerId),
    firstOffset: BigInt(firstOffset),
  }));
  return { batches: vector.messages.map(batchOf), aborted, fetchOffset: 4n };
}

const data = dataFolder();

describe.skipIf(data === undefined)(`an aborted transaction on the wire (${dataFolderMissing})`, () => {
  it('shows nothing, and reading goes on behind its marker at 6', () => {
    expect([...slicesOf(answer(data ?? ''), 100)]).toEqual([{ records: [], nextOffset: 7n }]);
  });

  it('would show its records to a reader who did not know that it was aborted', () => {
    const slices = [...slicesOf({ ...answer(data ?? ''), aborted: [] }, 100)];
    expect(slices.flatMap(({ records }) => records.map(({ offset }) => offset))).toEqual([4n, 5n]);
  });
});
