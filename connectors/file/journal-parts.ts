/** Opening a journal: lock, topics, partitions, writers. What is opened is closed again when a later step fails. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { PartitionKey } from '../../src/domain/position.js';
import { limits } from '../../src/limits.js';
import { keepEverything } from '../../src/log/retention.js';
import { assertTopics } from './admission.js';
import { refused } from './damage.js';
import { Expiry } from './expiry.js';
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
import { type Mark, type Marks, readMarks, restoredEnd, writeMarks } from './journal-marks.js';
import { copiedFolders, keyOfIdentity, openCopied } from './journal-open.js';
import type { FileJournalOptions, JournalTopic, SealedSegment } from './journal-types.js';
import { JournalWriter } from './journal-writer.js';
import { FolderLock } from './lock.js';
import type { FolderPartition } from './log-folder.js';
import { OpenFiles } from './open-files.js';
import type { Partition } from './partition.js';
import type { PartitionFolder } from './partition-folder.js';
import { PartitionSet } from './partition-set.js';
import type { Segment } from './segment.js';
import { SidecarQueue } from './sidecar-queue.js';

export interface JournalParts {
  readonly files: FileSystemPort;
  readonly lock: FolderLock;
  readonly manifest: JournalManifest & { readonly copyId: string };
  readonly partitions: PartitionSet;
  readonly writers: ReadonlyMap<PartitionKey, JournalWriter>;
  readonly epochs: Map<PartitionKey, KnownEpochs>;
  readonly sidecars: SidecarQueue;
  readonly expiry: Expiry;
  readonly handles: ReadHandles;
  /** Of segments that are written to. */
  readonly open: OpenFiles;
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
  await lowerMarks(options, opened, marks ?? new Map());
  const sidecars = new SidecarQueue();
  const open = new OpenFiles(files, 'extend');
  const writers = new Map<PartitionKey, JournalWriter>();
  const epochs = new Map<PartitionKey, KnownEpochs>();
  for (const { at, partition } of opened) {
    const key = keyOfIdentity(at.identity);
    const mark = restoreEnd(partition, marks?.get(key));
    epochs.set(key, await readEpochs(partition));
    writers.set(key, writerOf(options, { at, partition }, { mark, sidecars, open, ownerEpoch: manifest.ownerEpoch }));
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
    open,
  };
}

export function sealedSegment({ identity }: Pick<PartitionFolder, 'identity'>, of: Segment): SealedSegment {
  const { topic, incarnation, partition } = identity;
  const { baseOffset, end, ownerEpoch, path, bytes } = of;
  return { topic, incarnation, partition, baseOffset, end, ownerEpoch, path, bytes };
}

type At = Pick<FolderPartition, 'at' | 'partition'>;

function writerOf(
  options: OpenOptions,
  { at, partition }: At,
  of: { readonly mark: Mark; readonly sidecars: SidecarQueue; readonly open: OpenFiles; readonly ownerEpoch: number },
): JournalWriter {
  return new JournalWriter(partition, of.mark, {
    at,
    open: of.open,
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
async function prepareJournal(options: OpenOptions): Promise<JournalParts['manifest']> {
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
  for (const topic of options.topics) assertFits(topic, known.get(topic.name), manifest);
  const added = options.topics.filter(({ name }) => !known.has(name));
  const topics = added.map(({ name, incarnation, partitions }) => ({ name, incarnation, partitions }));
  const changed = {
    ...manifest,
    copyId: manifest.copyId ?? randomUUID(),
    ownerEpoch: manifest.ownerEpoch + 1,
    topics: [...manifest.topics, ...topics],
  };
  // Before anything is written under that epoch.
  await writeJournalManifest(files, folder, changed);
  return changed;
}

function assertFits(
  wanted: JournalTopic,
  known: JournalManifest['topics'][number] | undefined,
  { retired }: JournalManifest,
): void {
  const { name, incarnation, partitions } = wanted;
  const isOlder = (one: JournalManifest['retired'][number]): boolean => one.incarnation.ordinal < incarnation.ordinal;
  const isFit =
    known === undefined
      ? retired.filter((one) => one.name === name).every(isOlder)
      : known.incarnation.id === incarnation.id && known.partitions === partitions;
  if (isFit) return;
  throw refused('config_invalid', {
    message: `The topic "${name}" is not the one that the journal has: its id or its number of partitions is another.`,
    advice: 'Accept the change, so that the journal follows it, or configure another folder for the journal.',
    facts: { topic: name },
  });
}

interface Opening {
  readonly manifest: JournalManifest;
  readonly marks: Marks;
  readonly handles: ReadHandles;
}

async function openPartitions(options: OpenOptions, of: Opening): Promise<readonly FolderPartition[]> {
  const { files, folder, onReport } = options;
  const opened: FolderPartition[] = [];
  for (const at of copiedFolders(files, folder, of)) {
    opened.push(await openCopied(at, { ownerEpoch: of.manifest.ownerEpoch, handles: of.handles }, onReport));
  }
  for (const { name } of of.manifest.topics) await files.syncFolder(join(topicsFolder(folder), name));
  await files.syncFolder(topicsFolder(folder));
  return opened;
}

/** What the partition is found with was synced when it was opened. */
function restoreEnd(partition: Partition, mark: Mark | undefined): Mark {
  const recordsEnd = partition.last.end;
  partition.moveEnd(restoredEnd(recordsEnd, mark));
  return { syncedEnd: recordsEnd, end: partition.end };
}

/** Marks that promise records that are not there would have what is copied in their place taken for damaged. */
async function lowerMarks(options: OpenOptions, opened: readonly At[], marks: Marks): Promise<void> {
  const lowered = new Map(marks);
  let isLowered = false;
  for (const { at, partition } of opened) {
    const key = keyOfIdentity(at.identity);
    const mark = marks.get(key);
    const end = partition.last.end;
    if (mark === undefined || mark.syncedEnd <= end) continue;
    options.onReport({ kind: 'tail_missing', partition: key, from: end, to: mark.syncedEnd });
    lowered.set(key, { syncedEnd: end, end });
    isLowered = true;
  }
  if (isLowered) await writeMarks(options.files, options.folder, lowered);
}
