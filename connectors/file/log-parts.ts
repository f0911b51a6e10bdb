/** Opening the embedded log: lock, topics, partitions, writers. What is opened is closed again when a later step fails. */
import { dirname } from 'node:path';
import { limits } from '../../src/limits.js';
import { keepEverything } from '../../src/log/retention.js';
import { assertTopics, type TopicSetting } from './admission.js';
import { CommittedFile } from './committed.js';
import { FolderEpochs } from './epochs.js';
import { Expiry } from './expiry.js';
import { type FileSystemPort, nodeFiles } from './files.js';
import { FolderLock } from './lock.js';
import { type FolderPartition, openLogFolder } from './log-folder.js';
import { PartitionSet } from './partition-set.js';
import { PartitionWriter } from './partition-writer.js';
import { type FileLogReport, openForWriting, prepareTopics } from './prepare.js';
import type { Segment } from './segment.js';
import { SidecarQueue } from './sidecar-queue.js';

export interface FileLogOptions {
  readonly folder: string;
  /** Topics that are new are made; those the folder has beyond these stay and are served. */
  readonly topics: readonly TopicSetting[];
  /** Milliseconds since 1970, for the records' timestamps. */
  readonly clock: () => number;
  readonly onReport: (report: FileLogReport) => void;
  /** Tests put faults here. */
  readonly files?: FileSystemPort;
  /** Tests roll segments early. */
  readonly segmentBytesMax?: number;
  /** Segments get their size before they are written to: for small ones, and many small writes that are waited for. */
  readonly areReserved?: boolean;
}

export interface LogParts {
  readonly id: string;
  readonly lock: FolderLock;
  readonly partitions: PartitionSet;
  readonly epochs: FolderEpochs;
  /** Per topic, by the number of the partition. */
  readonly writers: ReadonlyMap<string, readonly PartitionWriter[]>;
  readonly committed: CommittedFile;
  readonly clock: () => number;
  readonly sidecars: SidecarQueue;
  readonly expiry: Expiry;
  readonly closeHandles: () => Promise<void>;
}

export async function openLogParts(options: FileLogOptions): Promise<LogParts> {
  assertTopics(options.topics);
  const { folder, files = nodeFiles } = options;
  await files.makeFolder(folder);
  await files.syncFolder(dirname(folder));
  const lock = await FolderLock.take(files, folder, options.clock());
  try {
    return await openLocked({ ...options, files }, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

type OpenOptions = FileLogOptions & { readonly files: FileSystemPort };

async function openLocked(options: OpenOptions, lock: FolderLock): Promise<LogParts> {
  const { files, folder, clock } = options;
  const manifest = await prepareTopics(files, folder, options.topics);
  const opened = await openLogFolder(files, folder, manifest, 'sidecars');
  const committed = await CommittedFile.open(files, folder);
  if (!committed.readable) options.onReport({ kind: 'committed_unreadable' });
  const partitions = new PartitionSet(
    manifest.topics,
    opened.partitions.map(({ partition }) => partition),
  );
  const sidecars = new SidecarQueue();
  const epochs = await FolderEpochs.open(
    files,
    folder,
    opened.partitions.map(({ partition }) => partition),
  );
  const writers = await openWriters(options, opened.partitions, { sidecars, leaderEpoch: epochs.newest });
  const retentionOf = new Map(options.topics.map(({ name, retention }) => [name, retention]));
  const expiring = opened.partitions.map(({ partition, at }) => {
    return { partition, at, retention: retentionOf.get(at.identity.topic) ?? keepEverything };
  });
  return {
    id: manifest.id,
    lock,
    partitions,
    epochs,
    writers,
    committed: committed.file,
    clock,
    sidecars,
    expiry: new Expiry(expiring, opened.handles, sidecars),
    closeHandles: () => opened.handles.close(),
  };
}

async function openWriters(
  options: OpenOptions,
  partitions: readonly FolderPartition[],
  { sidecars, leaderEpoch }: { readonly sidecars: SidecarQueue; readonly leaderEpoch: number },
): Promise<ReadonlyMap<string, readonly PartitionWriter[]>> {
  const writers = new Map<string, PartitionWriter[]>();
  const { segmentBytesMax = limits.segmentBytesMax, onReport } = options;
  const reservedBytes = options.areReserved === true ? segmentBytesMax : 0;
  try {
    for (const opened of partitions) {
      const file = await openForWriting(opened, { onReport, reservedBytes });
      const { topic } = opened.at.identity;
      const onSealed = (segment: Segment): void => sidecars.add(opened.at, segment);
      const setting = { folder: opened.at, segmentBytesMax, reservedBytes, leaderEpoch, onSealed };
      const writer = new PartitionWriter(opened.partition, file, setting);
      const ofTopic = writers.get(topic);
      if (ofTopic === undefined) writers.set(topic, [writer]);
      else ofTopic.push(writer);
    }
    return writers;
  } catch (error) {
    await Promise.all([...writers.values()].flat().map((writer) => writer.close()));
    throw error;
  }
}
