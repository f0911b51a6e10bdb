/**
 * What an operator accepts of a log's troubles, done to a journal that nobody has open: a cut, a topic put aside, a topic that has
 * grown or was made again. Each takes the folder's lock, and done twice it is as done once.
 */
import { type PartitionKey, partitionKey } from '../../src/domain/position.js';
import type { TopicDescription } from '../../src/log/port.js';
import { assertTopics } from './admission.js';
import { refused } from './damage.js';
import { type FileSystemPort, nodeFiles } from './files.js';
import { ReadHandles } from './handles.js';
import { beginAnew, cutEnd } from './journal-cut.js';
import { finishRetiring, type JournalManifest, readJournalManifest, writeJournalManifest } from './journal-manifest.js';
import { readMarks, restoredEnd, writeMarks } from './journal-marks.js';
import { copiedFolders, keyOfIdentity, openCopied } from './journal-open.js';
import { FolderLock } from './lock.js';

/** A journal's folder and the milliseconds since 1970, for the lock. */
export interface ClosedJournal {
  readonly folder: string;
  readonly nowMs: number;
  readonly files?: FileSystemPort;
}

/** What a folder holds a journal of; undefined when it holds none. Needs no lock. Rejects as `FileJournal.open` does. */
export async function readJournal(
  folder: string,
  files: FileSystemPort = nodeFiles,
): Promise<Pick<JournalManifest, 'id' | 'ownerEpoch' | 'topics' | 'retired'> | undefined> {
  return readJournalManifest(files, folder);
}

interface Held {
  readonly files: FileSystemPort;
  readonly folder: string;
  readonly manifest: JournalManifest;
}

/**
 * Removes every record of the partition at and after `from`; copying goes on there. Before the first kept record, the partition
 * begins anew at `from`; at or past the end, nothing happens. Durable when it resolves; cut short, some are gone, and the next call goes on.
 */
export function cutBack(journal: ClosedJournal, key: PartitionKey, from: bigint): Promise<void> {
  return underLock(journal, async ({ files, folder, manifest }) => {
    const marks = (await readMarks(files, folder)) ?? new Map();
    const at = copiedFolders(files, folder, { manifest, marks }).find((one) => keyOfIdentity(one.identity) === key);
    if (at === undefined) throw unknown('partition', key);
    const handles = new ReadHandles(files);
    try {
      const { partition } = await openCopied(at, { ownerEpoch: manifest.ownerEpoch, handles }, () => undefined);
      const end = restoredEnd(partition.last.end, marks.get(key));
      if (from >= end) return;
      // First, so that nothing is missed of what goes.
      await writeMarks(files, folder, new Map([...marks, [key, { syncedEnd: 0n, end: 0n }]]));
      const syncedEnd = from <= partition.start ? await beginAnew(at, from) : await cutEnd(at, partition, from);
      await writeMarks(files, folder, new Map([...marks, [key, { syncedEnd, end: from }]]));
    } finally {
      await handles.close();
    }
  });
}

/**
 * Puts a topic aside: its folder goes to `retired/<name>-<ordinal>`, where nothing reads it and nothing removes it. The name is free
 * for `setTopic` then.
 */
export function retire(journal: ClosedJournal, topic: string): Promise<void> {
  return underLock(journal, async ({ files, folder, manifest }) => {
    const found = manifest.topics.find(({ name }) => name === topic);
    if (found === undefined) throw unknown('topic', topic);
    const marks = (await readMarks(files, folder)) ?? new Map();
    const ofTopic = new Set(Array.from({ length: found.partitions }, (_, number) => partitionKey(topic, number)));
    await writeMarks(files, folder, new Map([...marks].filter(([key]) => !ofTopic.has(key))));
    const topics = manifest.topics.filter((one) => one !== found);
    const changed = { ...manifest, topics, retired: [...manifest.retired, { ...found, isMoved: false }] };
    await writeJournalManifest(files, folder, changed);
    await finishRetiring(files, folder, changed);
  });
}

/** A topic as the log has it now; which ordinal its incarnation has is the journal's to say. */
export interface TopicNow {
  readonly name: string;
  readonly incarnationId: string;
  readonly partitions: number;
}

/**
 * Makes a topic of a new incarnation, its ordinal one above the last of that name, or gives a topic that is there more partitions.
 * Rejects with `config_invalid` for fewer of them, and for another incarnation of a topic that was not retired.
 */
export function setTopic(journal: ClosedJournal, now: TopicNow): Promise<TopicDescription> {
  assertTopics([now]);
  return underLock(journal, async ({ files, folder, manifest }) => {
    const { name, partitions } = now;
    const known = manifest.topics.find((topic) => topic.name === name);
    if (known !== undefined && (known.incarnation.id !== now.incarnationId || known.partitions > partitions)) {
      throw refused('config_invalid', {
        message: `The topic "${name}" of the journal cannot become one of another id, or of fewer partitions.`,
        advice: 'Retire it first; its records stay in the folder, aside.',
        facts: { topic: name, partitions: known.partitions, incarnationId: known.incarnation.id },
      });
    }
    const ordinals = manifest.retired.filter((one) => one.name === name).map(({ incarnation }) => incarnation.ordinal);
    const made = { id: now.incarnationId, ordinal: Math.max(0, ...ordinals) + 1 };
    const topic = { name, incarnation: known?.incarnation ?? made, partitions };
    const others = manifest.topics.filter((one) => one !== known);
    await writeJournalManifest(files, folder, { ...manifest, topics: [...others, topic] });
    return topic;
  });
}

async function underLock<T>(journal: ClosedJournal, work: (held: Held) => Promise<T>): Promise<T> {
  const { folder, nowMs, files = nodeFiles } = journal;
  const lock = await FolderLock.take(files, folder, nowMs);
  try {
    const found = await readJournalManifest(files, folder);
    if (found === undefined) {
      const message = `There is no journal in the folder ${folder}.`;
      throw refused('config_invalid', { message, advice: 'Name the folder that the server was started with.' });
    }
    return await work({ files, folder, manifest: await finishRetiring(files, folder, found) });
  } finally {
    await lock.release();
  }
}

function unknown(what: 'topic' | 'partition', name: string): Error {
  const message = `The journal has no ${what} "${name}".`;
  return refused('request_invalid', { message, advice: 'Name one that the journal has.' });
}
