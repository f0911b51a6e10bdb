/** The table of bad records as it is sent to Kafka: in as few requests as the ways of the records allow, each case in its order. */

import { partitionOf } from '../../../src/log/partitioner.js';
import { type TopicMap, topicAbout } from '../../../src/log/topics.js';
import type { CaseRecord, RecordCase } from '../../faults/kafka-records.js';
import type { WrittenCase } from '../../faults/kafka-records-check.js';
import type { ExactProducer, ExactRecord, Sending } from './exact.js';

const RECORDS_MAX = 300;
const BYTES_MAX = 4_000_000;

/** Each record of the cases with its position. */
export async function sendCases(
  producer: ExactProducer,
  map: TopicMap,
  cases: readonly RecordCase[],
): Promise<readonly WrittenCase[]> {
  const all = cases.flatMap(({ records }) => records);
  const positions: string[] = [];
  while (positions.length < all.length) {
    const records = together(all.slice(positions.length));
    positions.push(...(await producer.send(sendingOf(records, map))));
  }
  return cases.map((one) => ({ ...one, positions: positions.splice(0, one.records.length) }));
}

/** The first of them that go in one request. */
function together(records: readonly CaseRecord[]): readonly CaseRecord[] {
  let bytes = 0;
  const end = records.findIndex(({ way, value }, index) => {
    bytes += value?.length ?? 0;
    return way !== records[0]?.way || index === RECORDS_MAX || (index > 0 && bytes > BYTES_MAX);
  });
  return end === -1 ? records : records.slice(0, end);
}

function sendingOf(of: readonly CaseRecord[], map: TopicMap): Sending {
  const records = of.map((record) => exactOf(record, map));
  const way = of[0]?.way;
  if (way === undefined) return { records };
  return way.kind === 'packed' ? { records, codec: way.codec } : { records, transaction: way.kind };
}

function exactOf({ about, key, headers, value, timestampMs }: CaseRecord, map: TopicMap): ExactRecord {
  const { name: topic, partitions } = topicAbout(map, about);
  const partition = key === null ? 0 : partitionOf(key, partitions);
  return { topic, partition, key, headers, value, ...(timestampMs === undefined ? {} : { timestampMs }) };
}
