/** How an instance on Kafka stands to others under its group: alone with a state of its own, or one of those that share one. */
import type { Leadership } from '../../connectors/file/leading-outlet.js';
import { joinAlone, type Membership } from '../../connectors/kafka/membership.js';
import { GroupOwnership } from '../../connectors/kafka/ownership.js';
import type { KafkaRemote } from '../../connectors/kafka/remote.js';
import type { KafkaSettings } from '../../connectors/kafka/settings.js';
import { isShared } from '../config/stores.js';
import type { Config } from '../config.js';
import { systemClock } from '../domain/clock.js';
import { TidemarkError } from '../errors.js';
import { topicsToOpen } from '../log/topics.js';
import { type Ownership, ownsNothing } from '../materializer/ownership.js';

export interface Member {
  /** Null: it works alone, and has everything. */
  readonly sharing: { readonly ownership: Ownership; readonly leadership: Leadership | null } | null;
  /** Rejects when another process has taken our place, or we can be no member any more. */
  readonly failed: Promise<never>;
  /** Whether anything may be written into the log. */
  holds(): boolean;
  leave(): Promise<void>;
}

const never = () => new Promise<never>(() => undefined);

/** Nobody has to know of one that only answers. */
const onlooker: Member = {
  sharing: { ownership: ownsNothing, leadership: null },
  failed: never(),
  holds: () => true,
  leave: async () => undefined,
};

/** Rejects with `unreachable`, or `config_invalid` when instances of another kind are there. */
export async function joinGroup(config: Config, settings: KafkaSettings, remote: KafkaRemote): Promise<Member> {
  if (config.ROLE === 'api') return onlooker;
  const names = [...config.topics.sources.map(({ name }) => name), config.topics.rejected];
  const found = await remote.describe(topicsToOpen(config.topics).map(({ name }) => name));
  // Without the topics nothing can be joined, and opening the log tells everything that is missing.
  if (names.some((name) => !found.some((topic) => topic.name === name)))
    return { sharing: null, failed: never(), holds: () => true, leave: async () => undefined };
  return isShared(config) ? joinSharing(settings, names) : aloneUnder(settings, config.topics.rejected);
}

async function joinSharing(settings: KafkaSettings, topics: readonly string[]): Promise<Member> {
  const ownership = await patiently(() => GroupOwnership.join(settings, topics));
  return {
    sharing: { ownership, leadership: ownership.leadership },
    failed: ownership.failed,
    // What is applied is guarded by the compares of the state, and events and audit records may come from any instance.
    holds: () => true,
    leave: () => ownership.leave(),
  };
}

/** A state of its own and a journal in a folder are of one process: a second one under the same group is refused. */
async function aloneUnder(settings: KafkaSettings, topic: string): Promise<Member> {
  const member: Membership = await patiently(() => joinAlone(settings, topic));
  if (member.kind === 'others') throw notAlone(settings.groupId, member.members);
  const failed = new Promise<never>((_, reject) => member.onIntruder(() => reject(replaced(settings.groupId))));
  // Whoever runs the service hears of it; until somebody listens it is not unheard of.
  failed.catch(() => undefined);
  return { sharing: null, failed, holds: () => member.holds(), leave: () => member.leave() };
}

const JOIN_ATTEMPTS_MAX = 10;
const JOIN_RETRY_MS = 1_000;

/** A cluster that has never seen the group makes its own topic for it first (GROUP_LOAD_IN_PROGRESS), which takes seconds. */
async function patiently<Joined>(join: () => Promise<Joined>, attempt = 1): Promise<Joined> {
  try {
    return await join();
  } catch (error) {
    const mayPass = error instanceof TidemarkError && error.code === 'log_failed' && error.retriable;
    if (!mayPass || attempt === JOIN_ATTEMPTS_MAX) throw error;
    await systemClock.sleep(JOIN_RETRY_MS);
    return patiently(join, attempt + 1);
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
