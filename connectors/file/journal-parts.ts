/** Opening a journal: lock, topics, partitions, writers. What is opened is closed again when a later step fails. */
import { join } from 'node:path';
import { type PartitionKey, partitionKey } from '../../src/domain/position.js';
import { limits } from '../../src/limits.js';
import { keepEverything } from '../../src/log/retention.js';
import { assertTopics } from './admission.js';
import { refused } from './damage.js';
import { Expiry } from './expiry.js';
import { readRange } from './file-steps.js';
import { type FileSystemPort, nodeFiles } from './files.js';
import { ReadHandles } from './handles.js';
import { type KnownEpochs, readEpochs } from './journal-epochs.js';
import {
  finishRetiring,
  type JournalManifest,
  readJournalManifest,
  topicsFolder,
  writeJournalManifest,
} from './journal-manifest.js';
import { type Mark, type Marks, readMarks } from './journal-marks.js';
import type { FileJournalOptions, JournalReport, JournalTopic, SealedSegment } from './journal-types.js';
import { JournalWriter } from './journal-writer.js';
import { FolderLock } from './lock.js';
import { type FolderPartition, partitionFolders } from './log-folder.js';
import type { PartitionFolder } from './partition-folder.js';
import { openPartition } from './partition-open.js';
import { PartitionSet } from './partition-set.js';
import { openForWriting } from './prepare.js';
import type { Segment } from './segment.js';
import { createSegment } from './segment-create.js';
import {
  baseOffsetOf,
  checkSegmentHeader,
  noOwner,
  ownerEpochIn,
  segmentHeader,
  segmentName,
} from './segment-header.js';
import { SidecarQueue } from './sidecar-queue.js';
import { readStart } from './start-file.js';

export interface JournalParts {
  readonly files: FileSystemPort;
  readonly lock: FolderLock;
  readonly manifest: JournalManifest;
  readonly partitions: PartitionSet;
  readonly writers: ReadonlyMap<PartitionKey, JournalWriter>;
  readonly epochs: Map<PartitionKey, KnownEpochs>;
  readonly sidecars: SidecarQueue;
  readonly expiry: Expiry;
  readonly handles: ReadHandles;
}

type OpenOptions = FileJournalOptions & { readonly files: FileSystemPort };

export async function openJournalParts(options: FileJournalOptions): Promise<JournalParts> {
  assertTopics(options.topics);
  const { folder, files = nodeFiles } = options;
  await files.makeFolder(topicsFolder(folder));
  const lock = await FolderLock.take(files, folder, options.clock());
  try {
    return await openLocked({ ...options, files }, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function openLocked(options: OpenOptions, lock: FolderLock): Promise<JournalParts> {
  const { files, folder } = options;
  const manifest = await prepareJournal(options);
  const marks = await readMarks(files, folder);
  if (marks === undefined) options.onReport({ kind: 'marks_unreadable' });
  const handles = new ReadHandles(files);
  const opened = await openPartitions(options, { manifest, marks: marks ?? new Map(), handles });
  const sidecars = new SidecarQueue();
  const writers = new Map<PartitionKey, JournalWriter>();
  const epochs = new Map<PartitionKey, KnownEpochs>();
  for (const { at, partition } of opened) {
    const key = keyOf(at);
    const mark = restoreEnd(options, { at, partition }, marks?.get(key));
    epochs.set(key, await readEpochs(partition));
    writers.set(key, writerOf(options, { at, partition }, { mark, sidecars, ownerEpoch: manifest.ownerEpoch }));
  }
  const retentionOf = new Map(options.topics.map(({ name, retention }) => [name, retention]));
  const expiring = opened.map(({ partition, at }) => {
    return { partition, at, retention: retentionOf.get(at.identity.topic) ?? keepEverything };
  });
  return {
    files,
    lock,
    manifest,
    partitions: new PartitionSet(
      manifest.topics,
      opened.map(({ partition }) => partition),
    ),
    writers,
    epochs,
    sidecars,
    expiry: new Expiry(expiring, handles, sidecars),
    handles,
  };
}

export function sealedSegment({ identity }: Pick<PartitionFolder, 'identity'>, of: Segment): SealedSegment {
  const { topic, incarnation, partition } = identity;
  const { baseOffset, end, ownerEpoch, path, bytes } = of;
  return { topic, incarnation, partition, baseOffset, end, ownerEpoch, path, bytes };
}

function keyOf({ identity }: PartitionFolder): PartitionKey {
  return partitionKey(identity.topic, identity.partition);
}

type At = Pick<FolderPartition, 'at' | 'partition'>;

function writerOf(
  options: OpenOptions,
  { at, partition }: At,
  of: { readonly mark: Mark; readonly sidecars: SidecarQueue; readonly ownerEpoch: number },
): JournalWriter {
  return new JournalWriter(partition, of.mark, {
    at,
    ownerEpoch: of.ownerEpoch,
    segmentBytesMax: options.segmentBytesMax ?? limits.segmentBytesMax,
    rollAfterMs: options.rollAfterMs ?? Number.POSITIVE_INFINITY,
    clock: options.clock,
    onSealed: (segment) => {
      of.sidecars.add(at, segment);
      options.onSealed?.(sealedSegment(at, segment));
    },
  });
}

/** Takes the next owner epoch, makes topics that are new, and finishes what a crash interrupted. */
async function prepareJournal(options: OpenOptions): Promise<JournalManifest> {
  const { files, folder, id } = options;
  const found = await readJournalManifest(files, folder);
  if (found !== undefined && found.id !== id) {
    throw refused('config_invalid', {
      message: `The journal in ${folder} is of another log.`,
      advice: 'Name the log that it was begun with, or another folder for the journal.',
      facts: { folder, journalOf: found.id, log: id },
    });
  }
  const fresh: JournalManifest = { format: 1, id, ownerEpoch: 0, topics: [], retired: [] };
  const manifest = await finishRetiring(files, folder, found ?? fresh);
  const known = new Map(manifest.topics.map((topic) => [topic.name, topic]));
  for (const topic of options.topics) assertSame(topic, known.get(topic.name));
  const added = options.topics.filter(({ name }) => !known.has(name));
  const topics = added.map(({ name, incarnation, partitions }) => ({ name, incarnation, partitions }));
  const changed = {
    ...manifest,
    ownerEpoch: manifest.ownerEpoch + 1,
    topics: [...manifest.topics, ...topics],
  };
  // Before anything is written under that epoch.
  await writeJournalManifest(files, folder, changed);
  return changed;
}

function assertSame(wanted: JournalTopic, known: JournalManifest['topics'][number] | undefined): void {
  if (known === undefined) return;
  const isSame = known.incarnation.id === wanted.incarnation.id && known.partitions === wanted.partitions;
  if (isSame) return;
  throw refused('config_invalid', {
    message: `The topic "${wanted.name}" is not the one that the journal has: its id or its number of partitions is another.`,
    advice: 'Accept the change, so that the journal follows it, or configure another folder for the journal.',
    facts: { topic: wanted.name, incarnationId: known.incarnation.id, partitions: known.partitions },
  });
}

interface Opening {
  readonly manifest: JournalManifest;
  readonly marks: Marks;
  readonly handles: ReadHandles;
}

async function openPartitions(options: OpenOptions, of: Opening): Promise<readonly FolderPartition[]> {
  const { files, folder } = options;
  const opened: FolderPartition[] = [];
  for (const topic of of.manifest.topics) {
    for (const own of partitionFolders(files, topicsFolder(folder), { logId: of.manifest.id, topic })) {
      const syncedEnd = of.marks.get(keyOf(own))?.syncedEnd ?? 0n;
      const at: PartitionFolder = { ...own, origin: { kind: 'copied', syncedEnd } };
      opened.push(await openOne(at, of, options.onReport));
    }
    await files.syncFolder(join(topicsFolder(folder), topic.name));
  }
  await files.syncFolder(topicsFolder(folder));
  return opened;
}

export async function openOne(
  at: PartitionFolder,
  of: { readonly manifest: JournalManifest; readonly handles: ReadHandles },
  onReport: (report: JournalReport) => void,
): Promise<FolderPartition> {
  await ensureSegment(at, of.manifest.ownerEpoch);
  const opened = { at, ...(await openPartition(at, of.handles, 'sidecars')) };
  const file = await openForWriting(opened, (report) => {
    if (report.kind !== 'committed_unreadable') onReport(report);
  });
  await file.close();
  return opened;
}

/** A partition that holds nothing yet, or nothing any more, has one empty segment, which begins at its start. */
async function ensureSegment(at: PartitionFolder, ownerEpoch: number): Promise<void> {
  await at.files.makeFolder(at.folder);
  const start = await readStart(at);
  const names = await at.files.list(at.folder);
  const bases = names.map(baseOffsetOf).filter((base) => base !== undefined && base >= start);
  const [only] = bases;
  if (bases.length > 1 || (only !== undefined && !(await isTornHeader(at, only)))) return;
  const { file } = await createSegment(at, only ?? start, { ownerEpoch, mode: 'replace' });
  await file.close();
}

async function isTornHeader(at: PartitionFolder, base: bigint): Promise<boolean> {
  const file = await at.files.open(join(at.folder, segmentName(base)), 'read');
  try {
    const size = await file.size();
    const bytes = await readRange(file, 0, segmentHeader(at.identity, base, noOwner).length);
    const expected = segmentHeader(at.identity, base, ownerEpochIn(bytes));
    return checkSegmentHeader(bytes, expected, size).kind === 'torn';
  } finally {
    await file.close();
  }
}

/** Copying goes on where the last sync said, if the records that it said it of are the last ones. */
function restoreEnd(options: OpenOptions, { at, partition }: At, mark: Mark | undefined): Mark {
  const end = partition.last.end;
  if (mark === undefined) return { syncedEnd: 0n, end: 0n };
  if (mark.syncedEnd === end) partition.moveEnd(mark.end);
  if (mark.syncedEnd > end) {
    options.onReport({ kind: 'tail_missing', partition: keyOf(at), from: end, to: mark.syncedEnd });
  }
  return mark;
}
