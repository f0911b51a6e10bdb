/** A log's folder for those who only read: doctor, auditors, a copy. Needs no lock and changes nothing. */
import type { PartitionKey } from '../../src/domain/position.js';
import type { LogRecord, RecordReader, RecordReading, TopicDescription } from '../../src/log/port.js';
import { refused } from './damage.js';
import { type FileSystemPort, nodeFiles } from './files.js';
import { type LogFolder, openLogFolder } from './log-folder.js';
import { type Manifest, manifestPath, readManifest } from './manifest.js';
import { PartitionSet } from './partition-set.js';
import type { TornEnd } from './segment-scan.js';

/**
 * The records as they were when the folder was opened; what a running server appends later is not seen. Beside a running server
 * the last records may be on their way to the disk still, and an unfinished one is passed over.
 */
export class FileLogReader implements RecordReader {
  readonly id: string;
  /** Unfinished writes at the ends of partitions: the next server to open the folder cuts them off. */
  readonly tornEnds: readonly TornEnd[];
  readonly #partitions: PartitionSet;
  readonly #opened: LogFolder;

  private constructor(manifest: Manifest, opened: LogFolder) {
    this.id = manifest.id;
    this.tornEnds = opened.partitions.map(({ torn }) => torn).filter((torn) => torn !== undefined);
    this.#opened = opened;
    this.#partitions = new PartitionSet(
      manifest.topics,
      opened.partitions.map(({ partition }) => partition),
    );
  }

  /** Checks every record. Rejects with `log_damaged`, or with `config_invalid` when the folder holds no log. */
  static async open(folder: string, files: FileSystemPort = nodeFiles): Promise<FileLogReader> {
    const manifest = await readManifest(files, folder);
    if (manifest !== undefined)
      return new FileLogReader(manifest, await openLogFolder(files, folder, manifest, 'nothing'));
    throw refused('config_invalid', {
      message: `There is no log in the folder ${folder}: ${manifestPath(folder)} does not exist.`,
      advice: 'Name the folder that the server was started with.',
    });
  }

  topics(): readonly TopicDescription[] {
    return this.#partitions.topics();
  }

  ends(): ReadonlyMap<PartitionKey, bigint> {
    return this.#partitions.ends();
  }

  starts(): ReadonlyMap<PartitionKey, bigint> {
    return this.#partitions.starts();
  }

  read(topic: string, partition: number, offsets: readonly bigint[]): Promise<readonly RecordReading[]> {
    return this.#partitions.read(topic, partition, offsets);
  }

  scan(topic: string, partition: number, from: bigint, to: bigint): AsyncIterable<readonly LogRecord[]> {
    return this.#partitions.scan(topic, partition, from, to);
  }

  close(): Promise<void> {
    return this.#opened.handles.close();
  }
}
