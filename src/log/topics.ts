/** Which topics there are, what each is about, and where an event goes. Names are configuration; roles are not. */
import type { InteractionKind } from '../domain/event.js';
import { interactionKinds } from '../domain/event.js';
import type { Kind } from '../domain/kinds/index.js';
import type { TopicRules } from '../domain/parse.js';

/** A topic the materializer folds or counts. */
export interface SourceTopic extends TopicRules {
  readonly name: string;
  readonly about: Kind | InteractionKind;
  readonly partitions: number;
}

export interface TopicMap {
  readonly sources: readonly SourceTopic[];
  /** Dead letters and the operators' decisions over them. */
  readonly rejected: string;
  /** Manifests of released snapshots: the audit topic. */
  readonly context: string;
  /** Index generations: which were started, promoted and dropped. */
  readonly model: string;
}

// Four partitions: enough to show that order is per partition, few enough that one group commit stays a handful of fsyncs.
export const SOURCE_PARTITIONS = 4;

export const defaultTopics: TopicMap = {
  sources: [
    { name: 'crm.accounts', about: 'account', tenant: null, partitions: SOURCE_PARTITIONS },
    { name: 'support.tickets', about: 'ticket', tenant: null, partitions: SOURCE_PARTITIONS },
    { name: 'billing.entitlements', about: 'entitlement', tenant: null, partitions: SOURCE_PARTITIONS },
    { name: 'support.policies', about: 'policy', tenant: null, partitions: SOURCE_PARTITIONS },
    ...interactionKinds.map((kind) => ({ name: `copilot.${kind}`, about: kind, tenant: null, partitions: 1 }) as const),
  ],
  rejected: 'copilot.rejected',
  context: 'copilot.context',
  model: 'copilot.model',
};

/** Every topic the log must have, with its partitions. */
export function topicsToOpen(map: TopicMap): readonly { readonly name: string; readonly partitions: number }[] {
  const own = ownTopics(map).map((name) => ({ name, partitions: 1 }));
  return [...map.sources.map(({ name, partitions }) => ({ name, partitions })), ...own];
}

/** Those that only the service writes, one partition each. */
export function ownTopics({ rejected, context, model }: TopicMap): readonly string[] {
  return [rejected, context, model];
}

/** Own topics that nobody applies: they say nothing of the state, so nobody may wait for it to reach them. */
export function unappliedTopics({ context, model }: Pick<TopicMap, 'context' | 'model'>): readonly string[] {
  return [context, model];
}

export function sourceTopic(map: TopicMap, name: string): SourceTopic | undefined {
  return map.sources.find((topic) => topic.name === name);
}

export function topicAbout(map: TopicMap, about: Kind | InteractionKind): SourceTopic {
  const found = map.sources.find((topic) => topic.about === about);
  if (found === undefined) throw new Error(`no topic is configured for ${about} events`);
  return found;
}

/** The map with the partitions that the log has: those of a log that others own are not ours to say. */
export function partitionedAs(
  map: TopicMap,
  found: readonly { readonly name: string; readonly partitions: number }[],
): TopicMap {
  const partitionsOf = new Map(found.map(({ name, partitions }) => [name, partitions]));
  const sources = map.sources.map((source) => ({
    ...source,
    partitions: partitionsOf.get(source.name) ?? source.partitions,
  }));
  return { ...map, sources };
}
