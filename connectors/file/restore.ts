/**
 * Fills the folder of a journal from the archive, before the journal is opened: all of it on a new machine, what came behind it where
 * another machine has gone on, what was lost in the middle. Each segment is checked frame by frame, synced under a temporary name and
 * then renamed, oldest first, so a call that was interrupted is simply made again. What the folder has is never changed, but for an
 * unfinished write at its very end. How segments of several owners join: `restore-chain.ts`.
 */
import { dirname } from 'node:path';
import { type PartitionKey, partitionKey } from '../../src/domain/position.js';
import type { JournalArchive } from '../../src/journal/archive-port.js';
import { limits } from '../../src/limits.js';
import type { TopicDescription } from '../../src/log/port.js';
import { type FileSystemPort, nodeFiles } from './files.js';
import { readJournalManifest, topicsFolder } from './journal-manifest.js';
import { CutsFile } from './journaled-log-cuts.js';
import { FolderLock } from './lock.js';
import { partitionFolders } from './log-folder.js';
import type { PartitionFolder } from './partition-folder.js';
import { fillPartition, type PartitionNews, type PartitionPlan, planPartition } from './restore-partition.js';

export interface RestoreOptions {
  readonly folder: string;
  /** Of the log that the journal copies. */
  readonly id: string;
  /** What the journal will be opened with. Of a topic that the folder has already, the folder's own incarnation is restored. */
  readonly topics: readonly TopicDescription[];
  readonly archive: JournalArchive;
  /** Milliseconds since 1970, for the lock. */
  readonly clock: () => number;
  readonly onReport: (report: RestoreReport) => void;
  /** Tests put faults here. */
  readonly files?: FileSystemPort;
}

export type RestoreReport =
  /** What may be fetched, once, before anything is; nothing is reported where the folder lacks nothing. */
  | { readonly kind: 'planned'; readonly segments: number; readonly bytes: number }
  | { readonly kind: 'progress'; readonly segmentsDone: number; readonly bytesDone: number }
  | RestoredSegment
  | RestoreStopped;

export interface RestoredSegment {
  readonly kind: 'restored';
  readonly partition: PartitionKey;
  readonly baseOffset: bigint;
  readonly end: bigint;
  readonly bytes: number;
}

/**
 * From offset `at` on nothing of the archive is used, up to the next segment that the folder has: `reason` says why, `unused` how many
 * archived segments were left.
 */
export interface RestoreStopped {
  readonly kind: 'stopped';
  readonly partition: PartitionKey;
  readonly at: bigint;
  readonly unused: number;
  readonly reason: string;
}

/**
 * Rejects with `unreachable` when the archive cannot be asked, with `log_locked` while a journal is open there, and when the disk
 * refuses: what was restored stays.
 */
export function restoreJournal(options: RestoreOptions): Promise<void> {
  return underLock(options, (files) => restoreLocked(options, files));
}

/**
 * Claims the log in the archive before restoring, and resolves to the owner epoch: no process that claimed before writes there any
 * more. Whoever finds the folder in use claims nothing, so that a second start by mistake does not stop the one that works there.
 */
export function claimAndRestore(options: RestoreOptions): Promise<number> {
  return underLock(options, async (files) => {
    const ownerEpoch = await options.archive.claim(options.id);
    await restoreLocked(options, files);
    return ownerEpoch;
  });
}

async function underLock<Result>(
  { folder, clock, files = nodeFiles }: RestoreOptions,
  work: (files: FileSystemPort) => Promise<Result>,
): Promise<Result> {
  await files.makeFolder(topicsFolder(folder));
  const lock = await FolderLock.take(files, folder, clock());
  try {
    return await work(files);
  } finally {
    await lock.release();
  }
}

async function restoreLocked(options: RestoreOptions, files: FileSystemPort): Promise<void> {
  const plans = await planAll(options, files);
  const candidates = plans.flatMap(({ holes }) => holes.flatMap((hole) => hole.candidates));
  if (candidates.length === 0) return;
  const bytes = candidates.reduce((sum, one) => sum + one.bytes, 0);
  options.onReport({ kind: 'planned', segments: candidates.length, bytes });
  const progress = { segmentsDone: 0, bytesDone: 0 };
  const waiting = [...plans];
  const worker = async (): Promise<void> => {
    for (let plan = waiting.shift(); plan !== undefined; plan = waiting.shift()) {
      const { topic, partition: number } = plan.at.identity;
      const partition = partitionKey(topic, number);
      await fillPartition(plan, options.archive, (news) => report(news, { partition, progress, options }));
    }
  };
  const done = await Promise.allSettled(Array.from({ length: limits.archiveTransfersMax }, worker));
  for (const one of done) if (one.status === 'rejected') throw one.reason;
  for (const { at } of plans) await syncParents(options.folder, at);
}

async function planAll(options: RestoreOptions, files: FileSystemPort): Promise<readonly PartitionPlan[]> {
  const { folder, id } = options;
  const known = (await readJournalManifest(files, folder))?.topics ?? [];
  const added = options.topics.filter(({ name }) => !known.some((topic) => topic.name === name));
  const cuts = await new CutsFile(files, folder).of(known);
  const archived = await options.archive.list(id);
  const plans: PartitionPlan[] = [];
  for (const topic of [...known, ...added]) {
    for (const own of partitionFolders(files, topicsFolder(folder), { logId: id, topic })) {
      const at: PartitionFolder = { ...own, origin: { kind: 'copied', syncedEnd: 0n } };
      const ours = archived.filter(
        (one) =>
          one.topic === topic.name &&
          one.incarnationId === topic.incarnation.id &&
          one.partition === at.identity.partition,
      );
      const plan = await planPartition(at, ours, cuts.get(partitionKey(topic.name, at.identity.partition)));
      if (plan.holes.length > 0) plans.push(plan);
    }
  }
  return plans;
}

interface Reporting {
  readonly partition: PartitionKey;
  readonly progress: { segmentsDone: number; bytesDone: number };
  readonly options: RestoreOptions;
}

function report(news: PartitionNews, { partition, progress, options }: Reporting): void {
  if (news.kind === 'written') options.onReport({ ...news, kind: 'restored', partition });
  if (news.kind === 'stopped') options.onReport({ ...news, partition });
  if (news.kind !== 'fetched') return;
  progress.segmentsDone++;
  progress.bytesDone += news.segment.bytes;
  options.onReport({ kind: 'progress', ...progress });
}

/** The folders of partitions and topics may be new, and their names only in the cache. */
async function syncParents(folder: string, { files, folder: partition }: PartitionFolder): Promise<void> {
  await files.syncFolder(partition);
  await files.syncFolder(dirname(partition));
  await files.syncFolder(topicsFolder(folder));
}
