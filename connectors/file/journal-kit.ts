/** Batches and folders for the tests of the journal. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Incarnation } from '../../src/domain/position.js';
import { bytes } from '../../src/log/contract-kit.js';
import type { LogBatch, LogRecord } from '../../src/log/port.js';
import { FileJournal, type FileJournalOptions, type JournalReport, type JournalTopic } from './journal.js';
import { atEnd, nowMs } from './test-kit.js';

export const notesTopic: JournalTopic = {
  name: 'notes',
  incarnation: { id: 'topic-id-1', ordinal: 1 },
  partitions: 1,
  retention: { ageMs: null, bytes: null },
};

export interface OpenedJournal {
  readonly journal: FileJournal;
  readonly reports: readonly JournalReport[];
}

/** A journal of the topic `notes` with one partition, unless told otherwise; closed after the test. */
export async function openJournal(folder: string, options: Partial<FileJournalOptions> = {}): Promise<OpenedJournal> {
  const reports: JournalReport[] = [];
  const journal = await FileJournal.open({
    folder,
    id: 'cluster-1',
    topics: [notesTopic],
    clock: () => nowMs,
    onReport: (report) => reports.push(report),
    ...options,
  });
  atEnd(() => journal.close());
  return { journal, reports };
}

export interface CopiedNote {
  readonly offset: number | bigint;
  readonly leaderEpoch?: number;
  readonly timestampMs?: number;
  readonly value?: string;
  readonly incarnation?: Incarnation;
}

export function copied(note: CopiedNote): LogRecord {
  const { offset, leaderEpoch = 0, timestampMs = nowMs, value = `v${offset}` } = note;
  const { incarnation = notesTopic.incarnation } = note;
  return {
    position: { topic: notesTopic.name, incarnation, partition: 0, leaderEpoch, offset: BigInt(offset) },
    timestampMs,
    // Plain bytes, as those that are read are: two records compare equal.
    key: bytes('k'),
    headers: [['h', bytes('1')]],
    value: bytes(value),
  };
}

/** A batch of `notes:0` with these records; it goes on after the last one unless told otherwise. */
export function batchOf(records: readonly LogRecord[], nextOffset?: number | bigint): LogBatch {
  const end = (records.at(-1)?.position.offset ?? -1n) + 1n;
  return { topic: 'notes', partition: 0, records, nextOffset: BigInt(nextOffset ?? end) };
}

/** A batch of records at these offsets. */
export function notesAt(offsets: readonly number[], nextOffset?: number): LogBatch {
  return batchOf(
    offsets.map((offset) => copied({ offset })),
    nextOffset,
  );
}

/** Kept records of `notes:0`, in order, as plain as they were copied. */
export async function recordsOf(journal: Pick<FileJournal, 'scan'>, from = 0n, to = 2n ** 63n): Promise<LogRecord[]> {
  const found: LogRecord[] = [];
  for await (const records of journal.scan('notes', 0, from, to)) found.push(...records);
  return found;
}

/** Paths of the segments of `notes:0`, in order. */
export async function segmentsOf(folder: string): Promise<string[]> {
  const of = join(folder, 'topics', 'notes', '0');
  const names = (await readdir(of)).filter((name) => name.endsWith('.seg'));
  return names.sort().map((name) => join(of, name));
}

/** Offsets of kept records of `notes:0`, in order. */
export async function offsetsOf(journal: Pick<FileJournal, 'scan'>, from?: bigint, to?: bigint): Promise<number[]> {
  return (await recordsOf(journal, from, to)).map(({ position }) => Number(position.offset));
}
