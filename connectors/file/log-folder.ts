/** Opens what a folder holds, for the log that writes it and for those who only read. */
import { join } from 'node:path';
import type { TopicDescription } from '../../src/log/port.js';
import type { FileSystemPort } from './files.js';
import { ReadHandles } from './handles.js';
import type { Manifest } from './manifest.js';
import type { Partition } from './partition.js';
import { openPartition, type PartitionFolder } from './partition-open.js';
import type { PartitionIdentity } from './segment-header.js';
import type { TornEnd } from './segment-scan.js';

export interface FolderPartition {
  readonly partition: Partition;
  readonly at: PartitionFolder;
  readonly torn: TornEnd | undefined;
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
    return { files, folder: join(folder, name, String(partition)), identity };
  });
}

/** Checks every frame of every partition. Rejects with `log_damaged`; changes nothing. */
export async function openLogFolder(files: FileSystemPort, folder: string, manifest: Manifest): Promise<LogFolder> {
  const handles = new ReadHandles(files);
  const partitions: FolderPartition[] = [];
  for (const topic of manifest.topics) {
    for (const at of partitionFolders(files, folder, { logId: manifest.id, topic })) {
      partitions.push({ at, ...(await openPartition(at, handles)) });
    }
  }
  return { handles, partitions };
}
