/** A log that lacks records the one under it has, and says why. */
import type { EventLog, LogRecord, RecordReader, RecordReading } from '../../src/log/port.js';

type Loss = Extract<RecordReading, { kind: 'missing' }>['why'];
type Log = EventLog & RecordReader;

export type IsLost = (topic: string, partition: number, offset: bigint) => boolean;

export function losing(log: Log, why: Loss, isLost: IsLost): Log {
  const isKept = ({ position: { topic, partition, offset } }: LogRecord) => !isLost(topic, partition, offset);
  return {
    id: log.id,
    epochs: log.epochs,
    troubles: log.troubles,
    topics: () => log.topics(),
    append: (records) => log.append(records),
    ends: () => log.ends(),
    starts: () => log.starts(),
    recordsThrough: (through) => log.recordsThrough(through),
    commit: (through) => log.commit(through),
    committed: () => log.committed(),
    close: () => log.close(),
    async read(topic, partition, offsets) {
      const found = await log.read(topic, partition, offsets);
      return found.map((one, at) => (isLost(topic, partition, offsets[at] ?? 0n) ? { kind: 'missing', why } : one));
    },
    async *scan(...args) {
      for await (const records of log.scan(...args)) yield records.filter(isKept);
    },
    async *subscribe(...args) {
      for await (const batch of log.subscribe(...args)) yield { ...batch, records: batch.records.filter(isKept) };
    },
  };
}
