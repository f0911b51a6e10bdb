/** What stands between an answer and the ends of the partitions it comes from, and how an answer tells it. */
import { type PartitionKey, splitPartitionKey } from '../domain/position.js';
import type { PartitionTrouble, Troubles } from '../log/trouble.js';

export interface TroubleAt {
  readonly partition: PartitionKey;
  readonly trouble: PartitionTrouble;
}

/** Offsets are decimal strings: a reason is part of the manifest. */
export type TroubleReason =
  | { readonly code: 'blocked_at_lso'; readonly partition: string; readonly readableEnd: string }
  | { readonly code: 'gap'; readonly partition: string; readonly from: string; readonly to: string }
  | { readonly code: 'truncated'; readonly partition: string; readonly from: string }
  | { readonly code: 'recreated'; readonly partition: string; readonly was: string; readonly is: string }
  | { readonly code: 'topic_missing'; readonly partition: string }
  | { readonly code: 'new_partition'; readonly partition: string };

const none: readonly TroubleAt[] = [];

/**
 * Those of the topics that the partitions belong to, by topic and partition. A partition that its topic did not have when it was
 * opened counts too: a key of the answer may have moved there.
 */
export function troublesAmong(troubles: Troubles, partitions: Iterable<PartitionKey>): readonly TroubleAt[] {
  if (troubles.size === 0) return none;
  const topics = new Set([...partitions].map((partition) => splitPartitionKey(partition).topic));
  const found = [...troubles].map(([partition, trouble]) => ({
    at: { partition, trouble },
    of: splitPartitionKey(partition),
  }));
  return found
    .filter(({ of }) => topics.has(of.topic))
    .sort(({ of: a }, { of: b }) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1))
    .map(({ at }) => at);
}

/** An open transaction ends, and reading goes on by itself; before anything else somebody has to do something. */
export function passesByItself({ kind }: PartitionTrouble): boolean {
  return kind === 'blocked_at_lso';
}

export function reasonOf({ partition, trouble }: TroubleAt): TroubleReason {
  switch (trouble.kind) {
    case 'blocked_at_lso':
      return { code: trouble.kind, partition, readableEnd: String(trouble.readableEnd) };
    case 'gap':
      return { code: trouble.kind, partition, from: String(trouble.from), to: String(trouble.to) };
    case 'truncated':
      return { code: trouble.kind, partition, from: String(trouble.from) };
    case 'recreated':
      return { code: trouble.kind, partition, was: trouble.was, is: trouble.is };
    case 'topic_missing':
    case 'new_partition':
      return { code: trouble.kind, partition };
  }
}
