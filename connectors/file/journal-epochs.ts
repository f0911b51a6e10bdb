/** The leader epochs that the records of one partition of a journal tell of. */
import { EpochTable } from '../../src/domain/epoch-table.js';
import type { LogRecord } from '../../src/log/port.js';
import type { Partition } from './partition.js';

export interface LastRecord {
  readonly offset: bigint;
  readonly leaderEpoch: number;
}

export interface KnownEpochs {
  readonly table: EpochTable;
  readonly last: LastRecord | undefined;
}

/** Epochs never fall along a partition, so the first record of each is found by halving; gaps belong to the record after them. */
export async function readEpochs(partition: Partition): Promise<KnownEpochs> {
  const last = await lastRecord(partition);
  let table = new EpochTable([]);
  if (last === undefined) return { table, last };
  let first = await firstFrom(partition, partition.start);
  while (first !== undefined) {
    table = table.begin(first.position.leaderEpoch, first.position.offset);
    if (first.position.leaderEpoch === last.leaderEpoch) break;
    first = await nextEpoch(partition, first.position, last);
  }
  return { table, last };
}

/** The first record after `from` that is of another epoch. */
async function nextEpoch(partition: Partition, from: LastRecord, last: LastRecord): Promise<LogRecord | undefined> {
  let low = from.offset;
  let high = last.offset;
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    const found = await firstFrom(partition, middle);
    if (found !== undefined && found.position.leaderEpoch === from.leaderEpoch) low = found.position.offset;
    else high = middle;
  }
  return firstFrom(partition, high);
}

/** The first record at or after an offset, read block by block. */
async function firstFrom(partition: Partition, from: bigint): Promise<LogRecord | undefined> {
  let at = from > partition.start ? from : partition.start;
  while (at < partition.last.end) {
    const segment = partition.segmentOf(at);
    const block = segment.blocks.blockOf(at);
    const window = await partition.windowOf(segment, segment.blocks.range(block, block));
    const [record] = window?.take({ from: at, to: partition.end, recordsMax: 1 }) ?? [];
    if (record !== undefined) return record;
    const next = window?.end ?? partition.start;
    at = next > at ? next : partition.start;
  }
  return undefined;
}

async function lastRecord(partition: Partition): Promise<LastRecord | undefined> {
  // The last segment may hold nothing; then the one before it ends with a record.
  const segment = partition.segments.findLast(({ baseOffset, end }) => end > baseOffset);
  if (segment === undefined) return undefined;
  const record = await firstFrom(partition, segment.end - 1n);
  return record && { offset: record.position.offset, leaderEpoch: record.position.leaderEpoch };
}
