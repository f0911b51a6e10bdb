/** What the cases of the event log's contract are written with. */
import { type PartitionKey, type Position, partitionKey, positionText } from '../domain/position.js';
import { partitionOf } from './partitioner.js';
import type { EventLog, LogRecord, NewRecord, RecordReader } from './port.js';

export type Subject = EventLog & RecordReader;

export interface ContractTopic {
  readonly name: string;
  readonly partitions: number;
}

/** Opens a new, empty log with these topics. The contract closes it. */
export type OpenSubject = (topics: readonly ContractTopic[]) => Promise<Subject>;

export const orders = { name: 'orders', partitions: 3 } as const;
export const notes = { name: 'notes', partitions: 1 } as const;

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function text(value: Uint8Array | null | undefined): string | null | undefined {
  return value && new TextDecoder().decode(value);
}

export function newRecord(topic: string, key: string | null, value: string | null): NewRecord {
  return { topic, key: key === null ? null : bytes(key), headers: [], value: value === null ? null : bytes(value) };
}

/** Records of one partition topic with values `<prefix>0`, `<prefix>1`, and so on. */
export function noteRecords(count: number, prefix = 'n'): readonly NewRecord[] {
  return Array.from({ length: count }, (_, i) => newRecord(notes.name, 'k', `${prefix}${i}`));
}

/** A key that goes to the partition. */
export function keyFor(partition: number): string {
  for (let i = 0; ; i++) {
    if (partitionOf(bytes(`key-${i}`), orders.partitions) === partition) return `key-${i}`;
  }
}

export function keyOf(position: Position): PartitionKey {
  return partitionKey(position.topic, position.partition);
}

/** Subscribes and collects until there are `count` records; then the subscription has been aborted and has returned. */
export async function collect(
  log: EventLog,
  count: number,
  from: ReadonlyMap<PartitionKey, bigint> = new Map(),
): Promise<LogRecord[]> {
  const stop = new AbortController();
  const records: LogRecord[] = [];
  if (count === 0) return records;
  const topics = log.topics().map((topic) => topic.name);
  for await (const batch of log.subscribe(topics, from, stop.signal)) {
    records.push(...batch.records);
    if (records.length >= count) stop.abort();
  }
  return records;
}

/** A record with bytes as plain arrays, so that two implementations compare equal. */
export function plain(record: LogRecord | NewRecord): unknown {
  return {
    key: record.key && [...record.key],
    headers: record.headers.map(([name, value]) => [name, [...value]]),
    value: record.value && [...record.value],
  };
}

export function places(positions: readonly Position[]): readonly string[] {
  return positions.map(positionText);
}
