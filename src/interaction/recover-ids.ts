/** After a restart: the ids that the newest records of the source topics use, read from the log itself. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseRecord } from '../domain/parse.js';
import { type PartitionKey, partitionKey, splitPartitionKey } from '../domain/position.js';
import { limits } from '../limits.js';
import type { EventLog, RecordReader } from '../log/port.js';
import type { SourceTopic, TopicMap } from '../log/topics.js';
import { nameOf, type UsedIds } from './used-ids.js';

export interface RecoveryParts {
  readonly log: EventLog & RecordReader;
  readonly topics: TopicMap;
}

interface Tail {
  readonly partition: PartitionKey;
  readonly from: bigint;
  readonly to: bigint;
}

/** Rejects when the log cannot be read: then nobody can say which ids are taken. */
export async function recoverIds({ log, topics }: RecoveryParts, into: UsedIds, countMax: number): Promise<void> {
  const [starts, ends] = await Promise.all([log.starts(), log.ends()]);
  for (const source of topics.sources) {
    for (const tail of tailsOf({ starts, ends, countMax, topics }, source)) await readTail(log, source, tail, into);
  }
}

interface Extent {
  readonly starts: ReadonlyMap<PartitionKey, bigint>;
  readonly ends: ReadonlyMap<PartitionKey, bigint>;
  readonly countMax: number;
  readonly topics: TopicMap;
}

/** Of each partition its newest records: all of them while everything fits, else an equal share of what does. */
function tailsOf({ starts, ends, countMax, topics }: Extent, source: SourceTopic): readonly Tail[] {
  const all = topics.sources.flatMap(partitionsOf);
  const sizes = all.map((key) => (ends.get(key) ?? 0n) - (starts.get(key) ?? 0n));
  const share = shareOf(sizes, BigInt(countMax));
  return partitionsOf(source).map((partition) => {
    const [start, to] = [starts.get(partition) ?? 0n, ends.get(partition) ?? 0n];
    const from = to - share > start ? to - share : start;
    return { partition, from, to };
  });
}

/** What each may have so that all together stay within the limit; what small ones leave goes to the large ones. */
function shareOf(sizes: readonly bigint[], countMax: bigint): bigint {
  let [left, parts, share] = [countMax, BigInt(sizes.length), countMax];
  for (const size of [...sizes].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))) {
    share = left / parts;
    if (size > share) return share;
    left -= size;
    parts -= 1n;
  }
  return countMax;
}

function partitionsOf({ name, partitions }: SourceTopic): readonly PartitionKey[] {
  return Array.from({ length: partitions }, (_, partition) => partitionKey(name, partition));
}

async function readTail(log: RecordReader, rules: SourceTopic, { partition, from, to }: Tail, into: UsedIds) {
  if (from >= to) return;
  const place = splitPartitionKey(partition);
  let count = 0;
  for await (const records of log.scan(place.topic, place.partition, from, to)) {
    for (const record of records) {
      // Reads go on meanwhile: a hundred thousand records take about two seconds.
      if (++count % limits.sliceRecordsMax === 0) await nextTurn();
      const parsed = parseRecord(record, rules);
      if (parsed.kind === 'rejected' || parsed.event.about === 'tombstone') continue;
      into.note({ name: nameOf(parsed.event), digest: parsed.event.digest }, record.position);
    }
  }
}
