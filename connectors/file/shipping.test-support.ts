/** Journals that ship to an archive in memory and are restored from it. */
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import type { JournalArchive } from '../../src/journal/archive-port.js';
import type { LogBatch, LogRecord } from '../../src/log/port.js';
import { keepEverything } from '../../src/log/retention.js';
import { ArchiveStore, MemoryArchive } from '../memory/archive.js';
import type { FileSystemPort } from './files.js';
import { FileJournal } from './journal.js';
import type { JournalTopic, SealedSegment } from './journal-types.js';
import { type RestoreReport, restoreJournal } from './restore.js';
import { Shipping, type ShippingReport } from './shipping.js';
import { newFolder, nowMs, unsyncedFiles } from './test-kit.js';

export const incarnation = { id: 'made-once', ordinal: 1 };
export const topic: JournalTopic = { name: 'notes', incarnation, partitions: 1, retention: keepEverything };
const id = 'cluster-1';

/** The record that every copy has at an offset. `history` tells logs apart that lost records and gave their offsets out again. */
export function recordAtOffset(offset: bigint, history = ''): LogRecord {
  const value = Buffer.from(`value ${offset} ${history}`.padEnd(30 + Number(offset % 40n), '.'));
  const position = { topic: 'notes', incarnation, partition: 0, leaderEpoch: history.length, offset };
  return { position, timestampMs: nowMs, key: Buffer.from('k'), headers: [], value };
}

export function batch(offsets: readonly bigint[], history = ''): LogBatch {
  const records = offsets.map((offset) => recordAtOffset(offset, history));
  return { topic: 'notes', partition: 0, records, nextOffset: (offsets.at(-1) ?? 0n) + 1n };
}

export interface Owner {
  readonly folder: string;
  readonly store: ArchiveStore;
  readonly files?: FileSystemPort;
  readonly segmentBytesMax?: number;
}

export async function openJournal(owner: Owner, onSealed?: (segment: SealedSegment) => void): Promise<FileJournal> {
  const { folder, files = unsyncedFiles, segmentBytesMax = 600 } = owner;
  const optional = onSealed === undefined ? {} : { onSealed };
  return FileJournal.open({
    folder,
    id,
    topics: [topic],
    clock: () => nowMs,
    onReport: () => undefined,
    files,
    segmentBytesMax,
    ...optional,
  });
}

export async function restore(owner: Owner): Promise<RestoreReport[]> {
  const reports: RestoreReport[] = [];
  const { folder, store, files = unsyncedFiles } = owner;
  const archive = new MemoryArchive(store);
  await restoreJournal({
    folder,
    id,
    topics: [topic],
    archive,
    files,
    clock: () => nowMs,
    onReport: (one) => reports.push(one),
  });
  return reports;
}

/** Claims, restores, opens, copies these offsets that the journal lacks, ships as much as was sealed, and stops. */
export async function copyAndShip(
  owner: Owner,
  offsets: readonly bigint[],
  history = '',
): Promise<readonly ShippingReport[]> {
  const archive = new MemoryArchive(owner.store);
  const ownerEpoch = await archive.claim(id);
  await restore(owner);
  const journal = await openJournal(owner);
  const end = journal.ends().get('notes:0') ?? 0n;
  const lacking = offsets.filter((one) => one >= end);
  for (let at = 0; at < lacking.length; at += 2) await journal.append(batch(lacking.slice(at, at + 2), history));
  await journal.sync();
  const reports = await ship(archive, journal, ownerEpoch);
  await journal.close();
  return reports;
}

export async function ship(
  archive: JournalArchive,
  journal: FileJournal,
  ownerEpoch: number,
): Promise<ShippingReport[]> {
  const reports: ShippingReport[] = [];
  const sealed = journal.sealed();
  const shipping = Shipping.start({
    archive,
    id,
    ownerEpoch,
    sealed,
    files: unsyncedFiles,
    onReport: (report) => reports.push(report),
  });
  await vi.waitFor(
    () => {
      const { state, segmentsWaiting, stuck } = shipping.progress();
      expect(state !== 'shipping' || segmentsWaiting === 0 || stuck.length > 0).toBe(true);
    },
    { interval: 2 },
  );
  await shipping.stop();
  return reports;
}

/** Offsets of the records that a journal in this folder reads, each held against what it should be. */
export async function offsetsIn(owner: Owner, history = ''): Promise<bigint[]> {
  const journal = await openJournal(owner);
  const offsets: bigint[] = [];
  for await (const records of journal.scan('notes', 0, 0n, 1_000_000n)) {
    for (const record of records) {
      const expected = Buffer.from(recordAtOffset(record.position.offset, history).value ?? []);
      if (!expected.equals(record.value ?? Buffer.alloc(0)))
        throw new Error(`record ${record.position.offset} is another`);
      offsets.push(record.position.offset);
    }
  }
  await journal.close();
  return offsets;
}

export async function newOwner(store = new ArchiveStore(), more: Partial<Owner> = {}): Promise<Owner> {
  return { folder: join(await newFolder(), 'journal'), store, ...more };
}

export function range(from: number, to: number): bigint[] {
  return Array.from({ length: Math.max(to - from, 0) }, (_, i) => BigInt(from + i));
}
