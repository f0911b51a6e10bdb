/** Opening a log of others with its journal: what both have is compared, what was accepted is done, and only then copying begins. */
import type { EpochStart } from '../../src/domain/epoch-table.js';
import { type PartitionKey, splitPartitionKey } from '../../src/domain/position.js';
import type { TopicDescription } from '../../src/log/port.js';
import type { RemoteTopic } from '../../src/log/remote-port.js';
import { faultOfRetention } from '../../src/log/retention.js';
import type { PartitionTrouble, Troubles } from '../../src/log/trouble.js';
import { refused } from './damage.js';
import { nodeFiles } from './files.js';
import { FileJournal, type JournalTopic } from './journal.js';
import { readJournal } from './journal-edit.js';
import { carryOut } from './journaled-log-accept.js';
import { AcceptedFile } from './journaled-log-accepted.js';
import { asRemote, keysOf, partitionTrouble, topicTroubles } from './journaled-log-compare.js';
import { CutsFile } from './journaled-log-cuts.js';
import type { JournaledLogOptions } from './journaled-log-types.js';

export interface OpenedJournaledLog {
  readonly journal: FileJournal;
  /** Of the options, by name, as the journal knows them. */
  readonly topics: ReadonlyMap<string, TopicDescription>;
  readonly troubles: Troubles;
  /** First kept offsets of the log. */
  readonly remoteStarts: Map<PartitionKey, bigint>;
  /** The leader epochs under which the journal was held against the log. */
  readonly comparedUnder: ReadonlyMap<PartitionKey, number>;
  readonly cuts: ReadonlyMap<PartitionKey, EpochStart>;
  readonly accepted: AcceptedFile;
}

type Described = ReadonlyMap<string, RemoteTopic>;

/** Whether the journal knew this partition, of this making of its topic, before this opening: then nothing of it may be missed unsaid. */
type IsKnown = (topic: TopicDescription, partition: number) => boolean;

type CompareOptions = JournaledLogOptions & { readonly isKnown: IsKnown };

/** Rejects with `config_invalid` for topics that are missing or have lost partitions, and as the journal and the log do. */
export async function openJournaledLog(options: JournaledLogOptions): Promise<OpenedJournaledLog> {
  const { remote, folder, files = nodeFiles } = options;
  for (const topic of options.topics) assertRetention(topic);
  const names = options.topics.map(({ name }) => name);
  const described = new Map((await remote.describe(names)).map((topic) => [topic.name, topic]));
  assertPresent(names, described);
  assertOwn(options.ownTopics, described);
  const isKnown = await knownBefore(options, described);
  const accepted = new AcceptedFile(files, folder);
  const cutsFile = new CutsFile(files, folder);
  await carryOutAccepted({ ...options, isKnown }, described, { accepted, cuts: cutsFile });
  const journal = await openJournal(options, described);
  try {
    const topics = new Map(ownOf(options, journal).map((topic) => [topic.name, topic]));
    const cuts = await cutsFile.of(topics.values());
    const compared = await compare({ ...options, isKnown }, journal, described);
    return { journal, topics, accepted, cuts, ...compared };
  } catch (error) {
    await journal.close();
    throw error;
  }
}

/** Rejects when the log cannot tell where topics begin that are new to the journal: it does not learn of them then. */
async function knownBefore({ remote, folder, files }: JournaledLogOptions, described: Described): Promise<IsKnown> {
  const topics = new Map((await readJournal(folder, files ?? nodeFiles))?.topics.map((one) => [one.name, one]));
  const added = [...described.values()].filter(({ name }) => !topics.has(name));
  if (added.length > 0) await remote.marks(added);
  return ({ name, incarnation }, partition) => {
    const known = topics.get(name);
    return known !== undefined && known.incarnation.id === incarnation.id && partition < known.partitions;
  };
}

async function carryOutAccepted(
  options: CompareOptions,
  described: Described,
  files: { readonly accepted: AcceptedFile; readonly cuts: CutsFile },
): Promise<void> {
  const accepted = await files.accepted.read();
  if (accepted.size === 0) return;
  const journal = await openJournal(options, described);
  const { troubles } = await compare(options, journal, described).finally(() => journal.close());
  const newestEpoch = (key: PartitionKey): number => journal.lastOf(key)?.leaderEpoch ?? 0;
  const markersLost = [...accepted].filter(([key, { kind, ...of }]) => {
    const isBehindRecords = 'from' in of && of.from > (journal.lastOf(key)?.offset ?? -1n);
    return kind === 'truncated' && isBehindRecords && !troubles.has(key);
  });
  const closed = { folder: options.folder, nowMs: options.clock.wallMs(), files: options.files ?? nodeFiles };
  const made = new Map(journal.topics().map(({ name, incarnation }) => [name, incarnation.id]));
  const onCut = (key: PartitionKey, at: EpochStart) =>
    files.cuts.add(key, made.get(splitPartitionKey(key).topic) ?? '', at);
  // Where only markers were lost nothing can be compared, and nothing but their places is forgotten.
  const found = { troubles: new Map([...troubles, ...markersLost]), described, newestEpoch, onCut };
  await carryOut(closed, accepted, found, options.onReport);
  // After a crash before this, what was done is no trouble any more, and what was not is done then.
  await files.accepted.remove();
}

async function openJournal(options: JournaledLogOptions, described: Described): Promise<FileJournal> {
  const { remote, folder, clock, onReport, files = nodeFiles, segmentBytesMax, rollAfterMs, outlet } = options;
  const known = await readJournal(folder, files);
  const topics = options.topics.flatMap(({ name, retention }): JournalTopic[] => {
    const topic = known?.topics.find((one) => one.name === name);
    if (topic !== undefined) return [{ ...topic, retention }];
    const now = described.get(name);
    if (now === undefined) return [];
    const before = known?.retired.filter((one) => one.name === name).map(({ incarnation }) => incarnation.ordinal);
    const incarnation = { id: now.incarnationId, ordinal: Math.max(0, ...(before ?? [])) + 1 };
    return [{ name, incarnation, partitions: now.partitions, retention }];
  });
  return FileJournal.open({
    folder,
    id: remote.id,
    topics,
    clock: () => clock.wallMs(),
    onReport,
    files,
    ...(segmentBytesMax === undefined ? {} : { segmentBytesMax }),
    ...(rollAfterMs === undefined ? {} : { rollAfterMs }),
    ...(outlet === undefined ? {} : { onSealed: (segment) => outlet.add(segment) }),
  });
}

type Compared = Pick<OpenedJournaledLog, 'troubles' | 'remoteStarts' | 'comparedUnder'>;

async function compare(options: CompareOptions, journal: FileJournal, described: Described): Promise<Compared> {
  const troubles = new Map<PartitionKey, PartitionTrouble>();
  const remoteStarts = new Map<PartitionKey, bigint>();
  const comparedUnder = new Map<PartitionKey, number>();
  for (const topic of ownOf(options, journal)) {
    const now = described.get(topic.name);
    for (const [key, trouble] of topicTroubles(topic, now)) troubles.set(key, trouble);
    if (now?.incarnationId !== topic.incarnation.id) continue;
    assertNotShrunk(topic, now);
    for (const [key, { start, leaderEpoch }] of await compareTopic(options, journal, topic, troubles)) {
      remoteStarts.set(key, start);
      comparedUnder.set(key, leaderEpoch);
    }
  }
  return { troubles, remoteStarts, comparedUnder };
}

async function compareTopic(
  { remote, onReport, isKnown }: CompareOptions,
  journal: FileJournal,
  topic: TopicDescription,
  troubles: Map<PartitionKey, PartitionTrouble>,
) {
  const marks = await remote.marks([asRemote(topic)]);
  for (const key of keysOf(topic)) {
    const { partition } = splitPartitionKey(key);
    const at = { topic: topic.name, incarnationId: topic.incarnation.id, partition };
    const of = marks.get(key);
    if (of === undefined) throw new Error('marks are of every partition that was asked for');
    if (of.start > 0n && journal.ends().get(key) === 0n && !isKnown(topic, partition)) {
      await journal.begin(key, of.start);
      onReport({ kind: 'copy_begun_late', partition: key, from: of.start });
    }
    const trouble = await partitionTrouble(remote, journal, at, of);
    if (trouble !== undefined) troubles.set(key, trouble);
  }
  return marks;
}

/** The journal may hold topics that are configured no more. */
function ownOf(options: JournaledLogOptions, journal: FileJournal): readonly TopicDescription[] {
  const names = new Set(options.topics.map(({ name }) => name));
  return journal.topics().filter(({ name }) => names.has(name));
}

function assertRetention({ name, retention }: JournaledLogOptions['topics'][number]): void {
  const fault = faultOfRetention(retention);
  if (fault === undefined) return;
  const advice = 'Change the topics of the log in the configuration.';
  throw refused('config_invalid', { message: `The topic "${name}" ${fault}.`, advice, facts: { topic: name } });
}

function assertPresent(names: readonly string[], described: Described): void {
  const missing = names.filter((name) => !described.has(name));
  if (missing.length === 0) return;
  throw refused('config_invalid', {
    message: `The log lacks ${missing.length} of the configured topics: ${missing.join(', ')}.`,
    advice: 'Create them with `tidemark topics apply`, or name the topics that are there in the configuration.',
    facts: { topics: missing },
  });
}

/** What is ours is read from partition 0 only: letters, decisions and audit records in another one would never be found. */
function assertOwn(ownTopics: readonly string[], described: Described): void {
  for (const topic of ownTopics) {
    const partitions = described.get(topic)?.partitions ?? 1;
    if (partitions === 1) continue;
    throw refused('config_invalid', {
      message: `The topic "${topic}" has ${partitions} partitions; the topics that only this service writes have one.`,
      advice:
        'Run `tidemark topics plan` to see what is wanted; then make the topic again, or configure another name for it.',
      facts: { topic, partitions },
    });
  }
}

/** Kafka never takes partitions away from a topic: whoever made it look so can undo it. */
function assertNotShrunk({ name, partitions }: TopicDescription, now: RemoteTopic): void {
  if (now.partitions >= partitions) return;
  throw refused('config_invalid', {
    message: `The topic "${name}" has ${now.partitions} partitions, and ${partitions} have been copied.`,
    advice: 'Check that the address is that of the log which the journal was begun with.',
    facts: { topic: name, partitions, partitionsNow: now.partitions },
  });
}
