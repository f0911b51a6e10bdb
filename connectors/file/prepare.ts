/** Brings a folder into the state in which it can be written: topics made, a torn end cut, everything readable synced. */
import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { type PartitionKey, partitionKey } from '../../src/domain/position.js';
import type { TopicSetting } from './admission.js';
import { refused } from './damage.js';
import type { FileSystemPort, OpenFile } from './files.js';
import { type FolderPartition, partitionFolders } from './log-folder.js';
import { type Manifest, readManifest, writeManifest } from './manifest.js';
import { createPartition, reserve } from './segment-create.js';
import { writeSidecar } from './sidecar.js';
import { removeExpired } from './start-file.js';

/** What an operator should know about an opened log. */
export type FileLogReport =
  /** The end of a partition was the unfinished write of a crash: cut off, none of it had been acknowledged. */
  | {
      readonly kind: 'tail_cut';
      readonly partition: PartitionKey;
      readonly bytesCut: number;
      readonly fromOffset: bigint;
    }
  /** A sidecar was not that of its segment: the segment was gone through, and the sidecar written again. */
  | { readonly kind: 'sidecar_rebuilt'; readonly path: string; readonly why: string }
  /** `committed.json` made no sense and counts as empty. */
  | { readonly kind: 'committed_unreadable' };

/**
 * Reads what the folder holds and adds topics that it lacks. Topics that are no longer configured stay: their records are
 * somebody's history. Rejects with `config_invalid` when a topic would change its number of partitions, because keys would move.
 */
export async function prepareTopics(
  files: FileSystemPort,
  folder: string,
  topics: readonly TopicSetting[],
): Promise<Manifest> {
  const found = await readManifest(files, folder);
  if (found === undefined) await assertNoJournal(files, folder);
  const manifest = found ?? { format: 1, id: randomUUID(), topics: [] };
  const known = new Map(manifest.topics.map((topic) => [topic.name, topic]));
  for (const { name, partitions } of topics) {
    const before = known.get(name)?.partitions ?? partitions;
    if (before !== partitions) throw partitionsChanged(name, before, partitions);
  }
  const added = topics.filter(({ name }) => !known.has(name));
  if (found !== undefined && added.length === 0) return found;
  const incarnations = added.map((topic) => ({ ...topic, incarnation: { id: randomUUID(), ordinal: 1 } }));
  for (const topic of incarnations) {
    for (const at of partitionFolders(files, folder, { logId: manifest.id, topic })) await createPartition(at);
    await files.syncFolder(join(folder, topic.name));
  }
  await files.syncFolder(folder);
  const changed: Manifest = {
    ...manifest,
    topics: [
      ...manifest.topics,
      ...incarnations.map(({ name, incarnation, partitions }) => ({ name, incarnation, partitions })),
    ],
  };
  // Last, so that a topic that log.json names has all its folders, and a missing one is a loss.
  await writeManifest(files, folder, changed);
  return changed;
}

/** A journal is of a log that others own: nothing may be appended to it. */
async function assertNoJournal(files: FileSystemPort, folder: string): Promise<void> {
  if (!(await files.list(folder)).includes('journal.json')) return;
  const message = `The folder ${folder} holds the journal of another log.`;
  throw refused('config_invalid', { message, advice: 'Name another folder for the embedded log.', facts: { folder } });
}

function partitionsChanged(name: string, before: number, now: number): Error {
  return refused('config_invalid', {
    message: `The topic "${name}" has ${before} partitions and is configured with ${now}.`,
    advice: `Configure it with ${before}; to change it, append its events to a new topic or start a new folder.`,
    facts: { topic: name, partitions: before, configured: now },
  });
}

/**
 * Finishes an expiry that was cut short, writes the sidecars that were not usable, cuts a torn end and opens the last segment for
 * writing. What was only in the operating system's cache is on the disk after it. `reservedBytes`: of a segment that gets its size before
 * it is written to, 0 for none.
 */
export async function openForWriting(
  opened: FolderPartition,
  { onReport, reservedBytes }: { readonly onReport: (report: FileLogReport) => void; readonly reservedBytes: number },
): Promise<OpenFile> {
  const { at, partition } = opened;
  const torn = opened.torn?.isBlank === true && reservedBytes > 0 ? undefined : opened.torn;
  if (partition.start > 0n) await removeExpired(at, partition.start);
  for (const { segment, unusable } of opened.unindexed) {
    // Without it, the next start goes through the segment again.
    await writeSidecar(at, segment).catch(() => undefined);
    if (unusable !== undefined) onReport({ kind: 'sidecar_rebuilt', path: unusable.path, why: unusable.why });
  }
  if (torn?.bytesKept === 0) {
    await at.files.remove(torn.path);
    await at.files.syncFolder(dirname(torn.path));
  }
  const file = await at.files.open(partition.last.path, 'modify');
  try {
    if (torn !== undefined && torn.bytesKept > 0) await file.truncate(torn.bytesKept);
    await file.dataSync();
    if (reservedBytes > 0) await reserve(file, reservedBytes);
  } catch (error) {
    await file.close();
    throw error;
  }
  if (torn !== undefined) {
    const { topic, partition: number } = at.identity;
    const { bytesCut, fromOffset } = torn;
    onReport({ kind: 'tail_cut', partition: partitionKey(topic, number), bytesCut, fromOffset });
  }
  return file;
}
