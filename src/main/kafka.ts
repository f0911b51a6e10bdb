/** A service on Kafka: topics that others own and write too, and a journal of them on this machine. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FileJournalReader } from '../../connectors/file/journal-reader.js';
import { JournaledLog } from '../../connectors/file/journaled-log.js';
import { joinAlone, type Membership } from '../../connectors/kafka/membership.js';
import { KafkaRemote } from '../../connectors/kafka/remote.js';
import type { KafkaSettings } from '../../connectors/kafka/settings.js';
import type { LogInspection, Notice, OpenedEngines } from '../cli/composition.js';
import { journalChoiceOf, type KafkaChoice } from '../config/choices.js';
import { noticesOf } from '../config/combinations.js';
import type { Config } from '../config.js';
import { systemClock } from '../domain/clock.js';
import { TidemarkError } from '../errors.js';
import { limits } from '../limits.js';
import { partitionedAs } from '../log/topics.js';
import { beginArchiving, inspectArchive } from './archive.js';
import { openSpoolFor } from './audit-spool.js';
import { checkLogRecords, enginesOn, holderOf, retainedTopics } from './engines.js';
import { noticeOfJournal, noticeOfRetry } from './notices.js';

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
  const remote = await KafkaRemote.open(settings, (retry) => {
    if (isTold(retry.attempts)) tell(noticeOfRetry(retry));
  });
  const member = await aloneUnder(settings, remote, config.topics.rejected).catch(async (error: unknown) => {
    await remote.close();
    throw error;
  });
  try {
    remote.writeOnlyWhile(member.holds);
    return await openAlone(config, { remote, member }, of);
  } catch (error) {
    await remote.close();
    await member.leave();
    throw error;
  }
}

async function openAlone(
  config: Config,
  { remote, member }: { readonly remote: KafkaRemote; readonly member: Alone },
  { tell, signal }: Opening,
): Promise<OpenedEngines> {
  const { folder, archive } = journalChoiceOf(config);
  const topics = retainedTopics(config, config.topics);
  const names = topics.map(({ name }) => name);
  const archiving = archive && (await beginArchiving({ folder, archive, remote, topics: names }, tell));
  try {
    const log = await JournaledLog.open({
      remote,
      folder,
      topics,
      ownTopics: [config.topics.rejected, config.topics.context],
      clock: systemClock,
      onReport: (report) => tell(noticeOfJournal(report)),
      ...(signal === undefined ? {} : { signal }),
      ...(archiving === null ? {} : { outlet: archiving.outlet, rollAfterMs: limits.journalSealAfterMs }),
    });
    const auditSpool = await openSpoolFor(log, config, tell);
    const engines = enginesOn(log, config, partitionedAs(config.topics, log.topics()));
    return {
      engines: {
        ...engines,
        accepting: log,
        isCopy: true,
        auditSpool,
        ...(archiving === null ? {} : { shipping: archiving.reading }),
      },
      failed: failedOf([log.failed, member.intruded, ...(archiving === null ? [] : [archiving.takenOver])]),
      announce: (url) => log.announce(url),
      close: async () => {
        await log.close();
        await auditSpool.close();
        await archiving?.close();
        await member.leave();
      },
    };
  } catch (error) {
    await archiving?.close();
    throw error;
  }
}

function failedOf(ways: readonly Promise<never>[]): Promise<never> {
  const failed = Promise.race(ways);
  // Whoever runs the service hears of it; until somebody listens it is not unheard of.
  failed.catch(() => undefined);
  return failed;
}

interface Alone {
  /** Rejects when another process has taken our place. */
  readonly intruded: Promise<never>;
  holds(): boolean;
  leave(): Promise<void>;
}

/** State in memory and a journal in a folder are of one process: a second one under the same group is refused. */
async function aloneUnder(settings: KafkaSettings, remote: KafkaRemote, topic: string): Promise<Alone> {
  const [found] = await remote.describe([topic]);
  // Without the topic nothing can be joined, and opening the log tells everything that is missing.
  if (found === undefined)
    return { intruded: new Promise(() => undefined), holds: () => true, leave: async () => undefined };
  const member = await joinPatiently(settings, topic);
  if (member.kind === 'others') throw notAlone(settings.groupId, member.members);
  const intruded = new Promise<never>((_, reject) => member.onIntruder(() => reject(replaced(settings.groupId))));
  // Whoever runs the service hears of it; until somebody listens it is not unheard of.
  intruded.catch(() => undefined);
  return { intruded, holds: () => member.holds(), leave: () => member.leave() };
}

const JOIN_ATTEMPTS_MAX = 10;
const JOIN_RETRY_MS = 1_000;

/** A cluster that has never seen the group makes its own topic for it first (GROUP_LOAD_IN_PROGRESS), which takes seconds. */
async function joinPatiently(settings: KafkaSettings, topic: string, attempt = 1): Promise<Membership> {
  try {
    return await joinAlone(settings, topic);
  } catch (error) {
    const mayPass = error instanceof TidemarkError && error.code === 'log_failed' && error.retriable;
    if (!mayPass || attempt === JOIN_ATTEMPTS_MAX) throw error;
    await systemClock.sleep(JOIN_RETRY_MS);
    return joinPatiently(settings, topic, attempt + 1);
  }
}

function notAlone(group: string, members: number): TidemarkError {
  return new TidemarkError({
    code: 'config_invalid',
    message: `another instance works under the Kafka group ${group}, and its state and journal are not shared`,
    advice:
      'Stop the other one, or give this one a KAFKA_GROUP, a JOURNAL_URL and rejected and context topics of its own.',
    retriable: false,
    facts: { group, members },
  });
}

function replaced(group: string): TidemarkError {
  return new TidemarkError({
    code: 'log_failed',
    message: `another instance has taken over the Kafka group ${group}, or this one was not heard of for too long`,
    advice: 'Let one instance run; this one stops before both write.',
    retriable: true,
    facts: { group },
  });
}

/** Each time it has lasted twice as long: the first few tries of a leader that moves are nobody's concern. */
function isTold(attempts: number): boolean {
  return attempts >= 4 && Number.isInteger(Math.log2(attempts));
}

/** Of a configuration that only the cluster could find wrong: the program ends as one that has failed, not as one used wrongly. */
export function asTried(error: unknown): unknown {
  if (!(error instanceof TidemarkError) || error.code !== 'config_invalid') return error;
  const { message, advice, facts } = error;
  return new TidemarkError({ code: 'log_failed', message, advice, facts, retriable: false, cause: error });
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
