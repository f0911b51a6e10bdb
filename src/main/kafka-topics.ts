/** What a cluster lacks of the configured topics. Decided from what is there, so that a plan and what is then done are the same. */
import type { TopicStep, TopicWish } from '../cli/composition.js';
import type { TopicMap } from '../log/topics.js';

export interface WishedTopic {
  readonly name: string;
  readonly partitions: number;
  /** Our own: their records are in one order. */
  readonly isOwn: boolean;
}

export interface TopicThere {
  readonly partitions: number;
  /** `cleanup.policy`; null where we may not read it. */
  readonly cleanup: string | null;
}

/**
 * Of topics that are made. Nothing expires by itself: a journal that is lost is copied from them again. Whoever wants less history in
 * the brokers lowers `retention.ms` there; what has been copied stays in the journal as long as RETENTION says.
 */
export const madeSettings = { 'cleanup.policy': 'delete', 'retention.ms': '-1' } as const;

export function wishedTopics(
  { sources, rejected, context }: TopicMap,
  { partitions }: TopicWish,
): readonly WishedTopic[] {
  return [
    ...sources.map((source) => ({ name: source.name, partitions: partitions ?? source.partitions, isOwn: false })),
    ...[rejected, context].map((name) => ({ name, partitions: 1, isOwn: true })),
  ];
}

export function stepFor(topic: WishedTopic, there: TopicThere | undefined): TopicStep {
  const { name, partitions, isOwn } = topic;
  if (there === undefined) {
    return { topic: name, action: 'create', what: `with ${counted(partitions)}, kept for ever (retention.ms=-1)` };
  }
  const faults = [
    ...(isOwn && there.partitions > 1 ? [`has ${there.partitions} partitions, and its records need one order`] : []),
    ...(there.cleanup?.includes('compact')
      ? ['is compacted: what a record said before its key came again is lost']
      : []),
  ];
  if (faults.length > 0) return { topic: name, action: 'differs', what: faults.join('; ') };
  return { topic: name, action: 'none', what: counted(there.partitions) };
}

function counted(partitions: number): string {
  return partitions === 1 ? '1 partition' : `${partitions} partitions`;
}
