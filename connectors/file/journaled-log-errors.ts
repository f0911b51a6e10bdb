/** Why a log of others did not take what it was to take, or show it. */
import type { PartitionKey } from '../../src/domain/position.js';
import { TidemarkError } from '../../src/errors.js';
import { factsOf, type PartitionTrouble } from '../../src/log/trouble.js';

/** Nothing was written. */
export function partitionStopped(partition: PartitionKey, trouble: PartitionTrouble): TidemarkError {
  return new TidemarkError({
    code: 'log_failed',
    message: `The partition ${partition} is not being read: ${trouble.kind}.`,
    advice: 'An operator has to accept what has happened to the partition, or to mend the log.',
    retriable: false,
    facts: { partition, trouble: trouble.kind },
  });
}

const notComeBackFor = {
  late: 'they have not come back from it in time',
  stopped: 'reading their partition has stopped',
  other_history: 'it put them where other records were read: the topic was made again, or has lost its end',
} as const;

/** The log took the records; whether and when they are seen is open. */
export function notComeBack(why: keyof typeof notComeBackFor): TidemarkError {
  return new TidemarkError({
    code: 'log_failed',
    message: `The log took the records, but ${notComeBackFor[why]}; they may have been written.`,
    advice: 'Send the same events again: what was written is told by its ids.',
    retriable: true,
    facts: { reason: why, written: 'maybe' },
  });
}

const namedFacts = (trouble: PartitionTrouble) => Object.entries(factsOf(trouble)).map((pair) => pair.join('='));

export function nothingToAccept(
  partition: PartitionKey,
  kind: string,
  now: PartitionTrouble | undefined,
): TidemarkError {
  return new TidemarkError({
    code: 'nothing_to_accept',
    message:
      now?.kind === kind
        ? `The trouble of the partition ${partition} is not as it was seen: it has changed since.`
        : `The partition ${partition} has no trouble of kind ${kind}.`,
    advice: 'Look at the troubles that the log has now.',
    retriable: false,
    facts: { partition, kind, ...(now === undefined ? {} : { trouble: now.kind, now: namedFacts(now) }) },
  });
}

export function ownHasOnePartition(partition: PartitionKey): TidemarkError {
  return new TidemarkError({
    code: 'nothing_to_accept',
    message: `The partition ${partition} is of a topic that only this service writes; those have one partition, and no other is read.`,
    advice:
      'Run `tidemark topics plan` to see what is wanted; then make the topic again, or configure another name for it.',
    retriable: false,
    facts: { partition, trouble: 'new_partition' },
  });
}
