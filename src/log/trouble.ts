/**
 * What stands between a partition and its end, as a state and never as a guess. Nothing here passes by itself but an open transaction:
 * reading stops where it is, every answer that rests on the partition says so, and an operator decides.
 */
import type { PartitionKey } from '../domain/position.js';

export type PartitionTrouble =
  /** An open transaction: records from `readableEnd` on may not be seen until it is committed or aborted (KIP-98). */
  | { readonly kind: 'blocked_at_lso'; readonly readableEnd: bigint }
  /** Offsets from `from` up to but not at `to` were removed before they were read. */
  | { readonly kind: 'gap'; readonly from: bigint; readonly to: bigint }
  /** The log no longer has what was read of it at `from` and after: it lost acknowledged records (KIP-101). */
  | { readonly kind: 'truncated'; readonly from: bigint }
  /** The topic was deleted and made again under its name: another id, another history (KIP-516). */
  | { readonly kind: 'recreated'; readonly was: string; readonly is: string }
  /** The topic is not there. */
  | { readonly kind: 'topic_missing' }
  /** The topic has grown, and this partition is one of the new ones: keys have moved, and nothing orders them across partitions. `partitions`: all that it has. */
  | { readonly kind: 'new_partition'; readonly partitions: number };

export type TroubleKind = PartitionTrouble['kind'];

export type Troubles = ReadonlyMap<PartitionKey, PartitionTrouble>;

/** Of a log that has its records to itself. */
export const noTroubles: Troubles = new Map();

/** What an operator may accept, and what that means. The others pass by themselves or by mending the log. */
export const acceptable = {
  gap: 'Reading goes on at the first offset that is kept; what the lost records did is unknown.',
  truncated: 'The journal forgets what the log has lost, and the state is folded again without it.',
  recreated:
    'The new topic takes the place of the old one; the state is folded again from its records. Of the audit topic: snapshots ' +
    'that only the old one had on record can no longer be explained or replayed.',
  new_partition: 'The new partitions are read from their beginning; a key without versions that has moved is rejected.',
} as const satisfies Partial<Record<TroubleKind, string>>;

export type AcceptableKind = keyof typeof acceptable;

/** What there is to a trouble beside its kind, as text: offsets are decimal. What an operator is shown and says again when accepting. */
export type TroubleFacts = Readonly<Record<string, string>>;

export function factsOf({ kind: _, ...facts }: PartitionTrouble): TroubleFacts {
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, String(value)]));
}

/** A log of which an operator can accept what has happened to it. */
export interface AcceptingLog {
  /**
   * Durable when it resolves. `now`: reading goes on at once. `at_next_start`: what has been applied has to be folded again, which a
   * start does. Rejects with `nothing_to_accept` when the partition has no such trouble (any more), or other facts of it than `seen`:
   * what came up since is not accepted with it. Without `seen`, what is there now is accepted.
   */
  accept(partition: PartitionKey, kind: AcceptableKind, seen?: TroubleFacts): Promise<'now' | 'at_next_start'>;
}
