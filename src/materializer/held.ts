/**
 * What the journal's index is told of records that the state holds and this process has not folded: of a state that outlives its
 * process, or that another owner has taken further. What they did is not known here, so the accounts are those they name. That is
 * enough: an entity belongs to an account only because one of its records named it.
 */
import { type Position, type PositionVector, partitionKey, positionText } from '../domain/position.js';
import { accountNamedIn, keyOf, understand } from '../domain/step.js';
import type { Journal } from '../journal/journal.js';
import type { LogRecord } from '../log/port.js';
import type { RejectedEvents } from '../log/rejected-port.js';
import { sourceTopic, type TopicMap } from '../log/topics.js';

export interface HeldParts {
  readonly journal: Journal;
  readonly rejected: RejectedEvents;
  readonly topics: TopicMap;
}

export function noteHeld({ journal, rejected, topics }: HeldParts, records: readonly LogRecord[]): void {
  for (const record of records) {
    const rules = sourceTopic(topics, record.position.topic);
    if (rules === undefined) continue;
    const understood = understand(record, rules, rejected.decisionOn(positionText(record.position)));
    const key = keyOf(understood);
    const account = accountNamedIn(understood);
    if (key !== undefined) journal.index.note(key, record.position, account === null ? [] : [account]);
  }
}

/**
 * Letters and decisions that another owner of the state has taken it through since the rejected topic was read: nothing delivers them
 * to this process any more, and what it folds or an operator decides here would be as if they did not exist.
 */
export async function recoverDecisions(
  { journal, rejected, topics }: HeldParts,
  through: PositionVector,
): Promise<void> {
  const last = through.get(partitionKey(topics.rejected, 0)) ?? -1n;
  if (last <= rejected.adoptedThrough) return;
  for await (const records of journal.scan(topics.rejected, 0, last)) {
    for (const record of records) if (record.position.offset > rejected.adoptedThrough) rejected.adopt(record);
  }
}

/** Reads the log once for an index that began from nothing, through where the state has come. */
export async function recoverIndex(parts: HeldParts, through: PositionVector): Promise<void> {
  const { journal, topics } = parts;
  for (const { name, partitions } of topics.sources) {
    for (let partition = 0; partition < partitions; partition++) {
      const last = through.get(partitionKey(name, partition));
      if (last === undefined) continue;
      for await (const records of journal.scan(name, partition, last)) noteHeld(parts, records);
    }
  }
}

/** Reads what the index does not know yet of one partition through `last`. */
export async function knowThrough(
  parts: HeldParts,
  { topic, partition }: Pick<Position, 'topic' | 'partition'>,
  last: bigint,
): Promise<void> {
  const { journal } = parts;
  const key = partitionKey(topic, partition);
  if (((await journal.through()).get(key) ?? -1n) >= last) return;
  for await (const records of journal.scan(topic, partition, last)) noteHeld(parts, records);
  journal.reached(key, last);
}
