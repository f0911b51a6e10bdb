/** A journal's folder for those who only read: doctor, auditors, a copy. Needs no lock and changes nothing. */
import type { PartitionKey } from '../../src/domain/position.js';
import type { LogRecord, RecordReader, RecordReading, TopicDescription } from '../../src/log/port.js';
import { refused } from './damage.js';
import { type FileSystemPort, nodeFiles } from './files.js';
import { ReadHandles } from './handles.js';
import { readJournalManifest } from './journal-manifest.js';
import { readMarks } from './journal-marks.js';
import { copiedFolders } from './journal-open.js';
import { type OpenedPartition, openPartition } from './partition-open.js';
import { PartitionSet } from './partition-set.js';
import type { TornEnd } from './segment-scan.js';

interface Parts {
  readonly id: string;
  readonly copyId: string | undefined;
  readonly topics: readonly TopicDescription[];
  readonly opened: readonly OpenedPartition[];
  readonly handles: ReadHandles;
}

/** The records as they were when the folder was opened; what a running server copies later is not seen. */
export class FileJournalReader implements RecordReader {
  /** Of the log that was copied. */
  readonly id: string;
  /** Of this copy of it; undefined for a journal of an earlier version that no server has opened since. */
  readonly copyId: string | undefined;
  /** Unfinished writes at the ends of partitions: the next server cuts them off and copies what they were to hold again. */
  readonly tornEnds: readonly TornEnd[];
  readonly #partitions: PartitionSet;
  readonly #handles: ReadHandles;

  private constructor({ id, copyId, topics, opened, handles }: Parts) {
    this.id = id;
    this.copyId = copyId;
    this.tornEnds = opened.map(({ torn }) => torn).filter((torn) => torn !== undefined);
    this.#handles = handles;
    this.#partitions = new PartitionSet(
      topics,
      opened.map(({ partition }) => partition),
    );
  }

  /** Checks every record. Rejects with `log_damaged`, or with `config_invalid` when the folder holds no journal. */
  static async open(folder: string, files: FileSystemPort = nodeFiles): Promise<FileJournalReader> {
    const manifest = await readJournalManifest(files, folder);
    if (manifest === undefined) {
      const message = `There is no journal in the folder ${folder}.`;
      throw refused('config_invalid', { message, advice: 'Name the folder that the server was started with.' });
    }
    const marks = (await readMarks(files, folder)) ?? new Map();
    const handles = new ReadHandles(files);
    try {
      const opened: OpenedPartition[] = [];
      for (const at of copiedFolders(files, folder, { manifest, marks })) {
        opened.push(await openPartition(at, handles, 'nothing'));
      }
      const { id, copyId, topics } = manifest;
      return new FileJournalReader({ id, copyId, topics, opened, handles });
    } catch (error) {
      await handles.close();
      throw error;
    }
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
    return this.#handles.close();
  }
}
