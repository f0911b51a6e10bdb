/**
 * Operators' decisions of a log that an evaluation plays: they arrive at their moments, and are about records as that log numbers them.
 * Letters are not played, since the run rejects by itself.
 */
import type { PartitionRange } from '../../eval/streams/log-source.js';
import type { DecisionEntry } from '../../eval/streams/source.js';
import { positionText } from '../domain/position.js';
import { decodeRejectedEntry } from '../log/dead-letter.js';
import type { LogRecord, RecordReader } from '../log/port.js';

/** Of those in `ranges`, which are of the rejected topic, the ones that took effect: what lapsed there decided nothing. */
export async function decisionsIn(
  reader: Pick<RecordReader, 'scan'>,
  ranges: readonly PartitionRange[],
): Promise<(record: LogRecord) => DecisionEntry['decision'] | undefined> {
  const lapsed = new Set<string>();
  for (const { topic, partition, from, to } of ranges) {
    for await (const records of reader.scan(topic, partition, from, to)) {
      for (const record of records) {
        const entry = decodeRejectedEntry(record);
        if (entry?.entry === 'lapse') lapsed.add(entry.at);
      }
    }
  }
  return (record) => {
    const entry = decodeRejectedEntry(record);
    if (entry?.entry !== 'decision' || lapsed.has(positionText(record.position))) return undefined;
    const { kind } = entry.decision;
    const made = kind === 'discarded' ? ({ kind } as const) : ({ kind, repaired: entry.decision.repaired } as const);
    return { about: entry.id, ...made };
  };
}
