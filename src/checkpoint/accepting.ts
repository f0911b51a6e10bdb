/**
 * Accepting what has happened to a log, where records have expired. What an operator accepts of another history makes every checkpoint
 * void that rests on the one before; where no other holds what the expired records amounted to, no start would be left, and what was
 * accepted cannot be taken back. Such an accept is refused, and says what else can be done.
 */
import { type PartitionKey, splitPartitionKey } from '../domain/position.js';
import { TidemarkError } from '../errors.js';
import type { AcceptingLog, PartitionTrouble } from '../log/trouble.js';
import { beginningsOf } from './beginnings.js';
import { type ChoiceParts, foldedPartitions, usableCheckpoint } from './choose.js';
import type { ResumeParts } from './resume.js';

type OtherHistory = Extract<PartitionTrouble, { readonly kind: 'recreated' | 'truncated' }>;

export function acceptingStarts(accepting: AcceptingLog, parts: ResumeParts): AcceptingLog {
  const { log, topics, checkpointing, isCopy } = parts;
  // Nothing expires without checkpoints.
  if (checkpointing === undefined) return accepting;
  const choice = { store: checkpointing.store, log, topics, isCopy };
  return {
    accept: async (partition, kind, seen) => {
      const trouble = log.troubles.get(partition);
      const isOther = trouble?.kind === 'recreated' || trouble?.kind === 'truncated';
      if (isOther && trouble.kind === kind) await assertStartLeft(choice, partition, trouble);
      return accepting.accept(partition, kind, seen);
    },
  };
}

async function assertStartLeft(parts: ChoiceParts, partition: PartitionKey, trouble: OtherHistory): Promise<void> {
  const { topic } = splitPartitionKey(partition);
  // What is recorded of what was released is nobody's source; of a checkpoint it is left out.
  if (trouble.kind === 'truncated' && topic === parts.topics.context) return;
  const [begun, starts] = await Promise.all([beginningsOf(parts), parts.log.starts()]);
  const isTaken = (key: PartitionKey) => trouble.kind === 'recreated' && splitPartitionKey(key).topic === topic;
  const expired = foldedPartitions(parts).filter(
    (key) => !isTaken(key) && (starts.get(key) ?? 0n) > (begun.get(key) ?? 0n),
  );
  if (expired.length === 0) return;
  if (trouble.kind === 'truncated' && (await hasOneBefore(parts, partition, trouble.from))) return;
  throw noStartLeft(partition, trouble, expired);
}

async function hasOneBefore(parts: ChoiceParts, partition: PartitionKey, from: bigint): Promise<boolean> {
  // A base is kept for as long as records have expired; checkpoints come and go before the next start.
  const bases = (await parts.store.list()).filter(({ role }) => role === 'base');
  for (const name of bases) {
    const found = await usableCheckpoint(parts, name);
    if (typeof found === 'string') continue;
    if ((found.state.progress.get(partition)?.through ?? -1n) < from) return true;
  }
  return false;
}

function noStartLeft(partition: PartitionKey, trouble: OtherHistory, expired: readonly PartitionKey[]): TidemarkError {
  return new TidemarkError({
    code: 'nothing_to_accept',
    message:
      `Accepted, it would leave no start: the state would have to be folded again, and of ${expired.length} partitions records have ` +
      'expired that only checkpoints of the history before hold.',
    advice:
      'Stop the service, move the folders of the journal and of the checkpoints aside, and start: all is copied anew from the first ' +
      'records that the log keeps. What expired before is then no longer known.',
    retriable: false,
    facts: { reason: 'no_start_left', partition, trouble: trouble.kind, expired: [...expired] },
  });
}
