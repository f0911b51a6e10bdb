/** A service on Kafka: topics that others own and write too, and a journal of them on this machine. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { nodeFiles } from '../../connectors/file/files.js';
import { readJournalManifest } from '../../connectors/file/journal-manifest.js';
import { FileJournalReader } from '../../connectors/file/journal-reader.js';
import { JournaledLog } from '../../connectors/file/journaled-log.js';
import { lateFile } from '../../connectors/file/late-file.js';
import { KafkaRemote } from '../../connectors/kafka/remote.js';
import type { KafkaSettings } from '../../connectors/kafka/settings.js';
import type { LogInspection, Notice, OpenedEngines } from '../cli/composition.js';
import { journalChoiceOf, type KafkaChoice } from '../config/choices.js';
import { noticesOf } from '../config/combinations.js';
import type { Config } from '../config.js';
import { systemClock } from '../domain/clock.js';
import { limits } from '../limits.js';
import { ownTopics, partitionedAs } from '../log/topics.js';
import { beginArchiving, inspectArchive } from './archive.js';
import { openSpoolFor } from './audit-spool.js';
import { checkLogRecords, enginesOn, holderOf, type RetainedTopic, retainedTopics } from './engines.js';
import { joinGroup, type Member } from './membership.js';
import { noticeOfJournal, noticeOfRetry } from './notices.js';
import { openStores, type Stores } from './stores.js';
import { asTried } from './tried.js';

type Tell = (notice: Notice) => void;

export interface Opening {
  readonly tell: Tell;
  /** Ends it, with `stopping`. */
  readonly signal: AbortSignal | undefined;
}

/** By this name brokers log and limit us. */
const CLIENT_ID = 'tidemark';

export function kafkaSettings({ brokers, tls, sasl, group }: KafkaChoice): KafkaSettings {
  return {
    brokers,
    clientId: CLIENT_ID,
    groupId: group,
    ...(tls === null ? {} : { tls: { ...tls, rejectUnauthorized: true } }),
    ...(sasl === null ? {} : { sasl }),
  };
}

/** Rejects with an error that says what to do, and ends the program with exit code 1: something was tried. */
export async function openKafka(config: Config, choice: KafkaChoice, of: Opening): Promise<OpenedEngines> {
  for (const text of noticesOf(config)) of.tell({ level: 'warn', text });
  try {
    return await openTried(config, choice, of);
  } catch (error) {
    throw asTried(error);
  }
}

async function openTried(config: Config, choice: KafkaChoice, of: Opening): Promise<OpenedEngines> {
  const { tell } = of;
  const settings = kafkaSettings(choice);
  const opened: (() => Promise<void>)[] = [];
  try {
    const remote = await KafkaRemote.open(settings, (retry) => {
      if (isTold(retry.attempts)) tell(noticeOfRetry(retry));
    });
    opened.push(() => remote.close());
    const stores = await openStores(config, remote.id, of);
    opened.push(() => stores.close());
    const member = await joinGroup(config, settings, remote);
    opened.push(() => member.leave());
    remote.writeOnlyWhile(() => member.holds());
    return await openJoined(config, { remote, stores, member }, of);
  } catch (error) {
    for (const close of opened.reverse()) await close();
    throw error;
  }
}

interface Joined {
  readonly remote: KafkaRemote;
  readonly stores: Stores;
  readonly member: Member;
}

async function openJoined(config: Config, joined: Joined, { tell, signal }: Opening): Promise<OpenedEngines> {
  const { remote, stores, member } = joined;
  const { folder, archive } = journalChoiceOf(config);
  const topics = await presentTopics(config, remote, folder);
  const names = topics.map(({ name }) => name);
  const archiving =
    archive && (await beginArchiving({ folder, archive, remote, topics: names, sharing: member.sharing }, tell));
  const outlet = archiving?.outlet ?? null;
  try {
    const log = await JournaledLog.open({
      remote,
      folder,
      topics,
      ownTopics: ownTopics(config.topics).filter((own) => names.includes(own)),
      clock: systemClock,
      onReport: (report) => tell(noticeOfJournal(report)),
      ...(signal === undefined ? {} : { signal }),
      ...(outlet === null ? {} : { outlet, rollAfterMs: limits.journalSealAfterMs }),
    });
    const auditSpool = await openSpoolFor(log, config, tell);
    const engines = enginesOn(log, config, partitionedAs(config.topics, log.topics()), {
      stores,
      ownership: member.sharing?.ownership,
    });
    return {
      engines: {
        ...engines,
        accepting: log,
        isCopy: true,
        lateMemory: lateFile(folder),
        auditSpool,
        ...(archiving === null ? {} : { shipping: archiving.reading }),
      },
      failed: failedOf([log.failed, member.failed, ...(archiving === null ? [] : [archiving.takenOver])]),
      announce: (url) => log.announce(url),
      close: async () => {
        // Those that share with this one go on with its part at once; one that works alone holds its place until its log is closed.
        if (member.sharing !== null) await member.leave();
        await log.close();
        await auditSpool.close();
        await archiving?.close();
        await stores.close();
        await member.leave();
      },
    };
  } catch (error) {
    await archiving?.close();
    throw error;
  }
}

/**
 * All, but for that of generations where it has never been: deployments are older than it. Where the journal knows it, it was deleted,
 * and with it the word of what is live.
 */
async function presentTopics(config: Config, remote: KafkaRemote, folder: string): Promise<readonly RetainedTopic[]> {
  const { model } = config.topics;
  const all = retainedTopics(config, config.topics);
  if ((await remote.describe([model])).length > 0) return all;
  const known = (await readJournalManifest(nodeFiles, folder))?.topics ?? [];
  return known.some(({ name }) => name === model) ? all : all.filter(({ name }) => name !== model);
}

function failedOf(ways: readonly Promise<never>[]): Promise<never> {
  const failed = Promise.race(ways);
  // Whoever runs the service hears of it; until somebody listens it is not unheard of.
  failed.catch(() => undefined);
  return failed;
}

/** Each time it has lasted twice as long: the first few tries of a leader that moves are nobody's concern. */
function isTold(attempts: number): boolean {
  return attempts >= 4 && Number.isInteger(Math.log2(attempts));
}

export function inspectJournal(config: Config): LogInspection {
  const { folder, archive } = journalChoiceOf(config);
  return {
    kind: 'journal',
    folder,
    ...(archive === null ? {} : { archive: inspectArchive(archive) }),
    exists: existsSync(join(folder, 'journal.json')),
    holder: () => holderOf(folder),
    check: () => checkLogRecords(() => FileJournalReader.open(folder), config, true),
  };
}
