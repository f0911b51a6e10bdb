/** Opens what a folder holds, for the log that writes it and for those who only read. */
import { join } from 'node:path';
import type { TopicDescription } from '../../src/log/port.js';
import type { FileSystemPort } from './files.js';
import { ReadHandles } from './handles.js';
import type { Manifest } from './manifest.js';
import type { PartitionFolder } from './partition-folder.js';
import { type OpenedPartition, openPartition, type Trust } from './partition-open.js';
import type { PartitionIdentity } from './segment-header.js';

export interface FolderPartition extends OpenedPartition {
  readonly at: PartitionFolder;
}

export interface LogFolder {
  readonly handles: ReadHandles;
  readonly partitions: readonly FolderPartition[];
}

/** The partitions of a topic and the folders they are in. */
export function partitionFolders(
  files: FileSystemPort,
  folder: string,
  of: { logId: string; topic: TopicDescription },
): readonly PartitionFolder[] {
  const { name, incarnation, partitions } = of.topic;
  return Array.from({ length: partitions }, (_, partition) => {
    const identity: PartitionIdentity = { logId: of.logId, topic: name, incarnation, partition };
    return { files, folder: join(folder, name, String(partition)), identity, origin: { kind: 'own' } };
  });
}

/** Checks every frame of every partition, but for segments whose sidecar is trusted. Rejects with `log_damaged`; changes nothing. */
export async function openLogFolder(
  files: FileSystemPort,
  folder: string,
  manifest: Manifest,
  trust: Trust,
): Promise<LogFolder> {
  const handles = new ReadHandles(files);
  const partitions: FolderPartition[] = [];
  for (const topic of manifest.topics) {
    for (const at of partitionFolders(files, folder, { logId: manifest.id, topic })) {
      partitions.push({ at, ...(await openPartition(at, handles, trust)) });
    }
  }
  return { handles, partitions };
}
