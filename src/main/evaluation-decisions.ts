/**
 * Operators' decisions of a log that an evaluation plays. They name records by their positions in that log, and the run has positions
 * of its own, so they are not played but counted: what was redriven there is rejected here.
 */
import type { PartitionRange } from '../../eval/streams/log-source.js';
import { decodeRejectedEntry } from '../log/dead-letter.js';
import type { RecordReader } from '../log/port.js';

/** `ranges`: of the rejected topic; none where the log has no such topic. */
export async function decisionsIn(
  reader: Pick<RecordReader, 'scan'>,
  ranges: readonly PartitionRange[],
): Promise<number> {
  let decisions = 0;
  for (const { topic, partition, from, to } of ranges) {
    for await (const records of reader.scan(topic, partition, from, to))
      decisions += records.filter((record) => decodeRejectedEntry(record)?.entry === 'decision').length;
  }
  return decisions;
}

export function decisionsNotice(count: number): readonly string[] {
  if (count === 0) return [];
  const decisions = count === 1 ? '1 decision of an operator was' : `${count} decisions of operators were`;
  return [`${decisions} not played: what was redriven or repaired there is rejected here`];
}
