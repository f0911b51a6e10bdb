/**
 * What a reader of committed records sees of a fetch answer: neither markers nor aborted records, which leave gaps (KIP-98). The next
 * offset passes them, and what compaction has removed, so that a log that ends in a marker is read to its end.
 */
import type { RemoteRecord } from '../../src/log/remote-port.js';
import { CONTROL, LOG_APPEND_TIME, TRANSACTIONAL, type WireBatch, type WireRecord } from './batches.js';

/** Of the producer, from this offset on until its abort marker. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}

export interface PartitionAnswer {
  /** In offset order. The first may begin before `fetchOffset`. */
  readonly batches: readonly WireBatch[];
  /** Of every aborted transaction that has a record among them. */
  readonly aborted: readonly AbortedTransaction[];
  readonly fetchOffset: bigint;
}

export interface Slice {
  readonly records: readonly RemoteRecord[];
  readonly nextOffset: bigint;
}

/** At most `sizeMax` records each. Throws `log_damaged` at a batch that cannot be read, after all that stands before it was given. */
export function* slicesOf(answer: PartitionAnswer, sizeMax: number): Generator<Slice, void> {
  let records: RemoteRecord[] = [];
  let told = answer.fetchOffset;
  let nextOffset = answer.fetchOffset;
  const transactions = new AbortedTransactions(answer.aborted);
  for (const batch of answer.batches) {
    let visible: readonly WireRecord[];
    try {
      visible = transactions.hides(batch) ? [] : batch.records();
    } catch (error) {
      if (nextOffset > told) yield { records, nextOffset };
      throw error;
    }
    for (const record of visible) {
      const offset = batch.firstOffset + BigInt(record.offsetDelta);
      if (offset < nextOffset) continue;
      records.push(recordOf(batch, record, offset));
      nextOffset = offset + 1n;
      if (records.length < sizeMax) continue;
      yield { records, nextOffset };
      told = nextOffset;
      records = [];
    }
    if (batch.end > nextOffset) nextOffset = batch.end;
  }
  if (nextOffset > told) yield { records, nextOffset };
}

function recordOf(batch: WireBatch, record: WireRecord, offset: bigint): RemoteRecord {
  const { key, value, headers, timestampDeltaMs } = record;
  const appended = (batch.attributes & LOG_APPEND_TIME) !== 0;
  const timestampMs = appended ? batch.maxTimestampMs : batch.firstTimestampMs + timestampDeltaMs;
  return { offset, leaderEpoch: batch.leaderEpoch, timestampMs, key, headers, value };
}

/** Batches are to be shown to it in offset order. */
class AbortedTransactions {
  private readonly coming: AbortedTransaction[];
  private readonly open = new Set<bigint>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.coming = aborted.toSorted((a, b) =>
      a.firstOffset < b.firstOffset ? -1 : a.firstOffset > b.firstOffset ? 1 : 0,
    );
  }

  hides(batch: WireBatch): boolean {
    for (let next = this.coming[0]; next !== undefined && next.firstOffset < batch.end; next = this.coming[0]) {
      this.open.add(next.producerId);
      this.coming.shift();
    }
    if ((batch.attributes & CONTROL) !== 0) {
      if (isAbortMarker(batch)) this.open.delete(batch.producerId);
      return true;
    }
    return (batch.attributes & TRANSACTIONAL) !== 0 && this.open.has(batch.producerId);
  }
}

/** The key of a marker is a version and a type, 16 bits each; type 0 aborts, 1 commits. */
function isAbortMarker(batch: WireBatch): boolean {
  const key = batch.records()[0]?.key;
  return key !== null && key !== undefined && key.length >= 4 && key[2] === 0 && key[3] === 0;
}
