/** Streams of evaluations that a log holds: the folder of a log or of a journal, or Kafka topics by position range. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FileJournalReader } from '../../connectors/file/journal-reader.js';
import { FileLogReader } from '../../connectors/file/reader.js';
import { suiteInvalid } from '../../eval/harness/fault.js';
import type { StreamDraft } from '../../eval/harness/suite-schema.js';
import { plainSource } from '../../eval/streams/choose.js';
import { expiredNotice, logSource, type PartitionRange } from '../../eval/streams/log-source.js';
import type { StreamSource } from '../../eval/streams/source.js';
import type { Config } from '../config.js';
import { partitionKey } from '../domain/position.js';
import { ownTopics } from '../log/topics.js';
import { decisionsIn } from './evaluation-decisions.js';
import type { RunEnds } from './run-ends.js';

/** Throws `suite_invalid` for what is not there, `unreachable` for a cluster that does not answer. */
export async function sourceOf(stream: StreamDraft, config: Config, ends: RunEnds): Promise<StreamSource> {
  const plain = plainSource(stream);
  if (plain !== undefined) return plain;
  if (stream.journal !== undefined) return journalSource(stream.journal, config, ends);
  const { kafkaSource } = await import('./evaluation-kafka.js');
  return kafkaSource(stream, config, ends);
}

/** Records of the topics that the service folds, and operators' decisions; its own letters and manifests are made anew by the run. */
async function journalSource(folder: string, { topics }: Config, runEnds: RunEnds): Promise<StreamSource> {
  const isJournal = existsSync(join(folder, 'journal.json'));
  if (!isJournal && !existsSync(join(folder, 'log.json')))
    throw suiteInvalid([`${folder} holds neither a log nor a journal`], 'Name the folder that a server writes.');
  const reader = isJournal ? await FileJournalReader.open(folder) : await FileLogReader.open(folder);
  const read = new Set(topics.sources.map(({ name }) => name));
  const own = new Set(ownTopics(topics));
  const [starts, ends] = [reader.starts(), reader.ends()];
  const kept = reader.topics().flatMap(({ name, partitions }): readonly PartitionRange[] => {
    if (!read.has(name) && name !== topics.rejected) return [];
    return Array.from({ length: partitions }, (_, partition) => {
      const key = partitionKey(name, partition);
      return { topic: name, partition, from: starts.get(key) ?? 0n, to: ends.get(key) ?? 0n };
    });
  });
  const settled = runEnds.settled(kept);
  const ranges = settled.filter(({ topic }) => topic !== topics.rejected);
  const decided = settled.filter(({ topic }) => topic === topics.rejected);
  const strangers = reader.topics().filter(({ name }) => !read.has(name) && !own.has(name));
  return logSource({
    name: `journal ${folder}`,
    ranges,
    decided,
    decisionIn: await decisionsIn(reader, decided),
    scan: (topic, partition, from, to) => reader.scan(topic, partition, from, to),
    notices: [
      ...settled.filter(({ from }) => from > 0n).map(expiredNotice),
      ...strangers.map(({ name }) => `the topic ${name} is not in the configuration and was left out`),
      ...reader.tornEnds.map(({ path }) => `${path} ends in an unfinished write, which was left out`),
    ],
    close: () => reader.close(),
  });
}
