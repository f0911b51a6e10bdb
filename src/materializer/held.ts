/**
 * What the journal's index and the letters are told of records that the state holds and this process has not folded: of a state that
 * outlives its process, or that another owner has taken further. What they did is not known here, so the accounts are those they name.
 * That is enough: an entity belongs to an account only because one of its records named it.
 */
import {
  type PartitionKey,
  type PositionVector,
  partitionKey,
  positionText,
  splitPartitionKey,
} from '../domain/position.js';
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

/** The copy of the log lacks what another owner has already taken the state through; it comes by itself. */
export class CopyBehind extends Error {
  override readonly name = 'CopyBehind';

  constructor(readonly partition: PartitionKey) {
    super(`the copy of ${partition} has not come as far as the state`);
  }
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

/** Letters and decisions that the state has been taken through. A repair may name a key that the broken bytes did not. */
export async function adoptHeld(parts: HeldParts, records: readonly LogRecord[]): Promise<void> {
  const { journal, rejected } = parts;
  for (const record of records) {
    const news = rejected.newDecision(record);
    rejected.adopt(record);
    if (news === undefined) continue;
    const reading = await journal.recordAt(news.event.position);
    if (reading.kind === 'found') noteHeld(parts, [reading.record]);
  }
}

/**
 * Reads what is not known yet of one partition through `last`, which the state has been taken through: never past it, and as far as the
 * journal has it. Returns whether everything through `last` is known. Of the rejected topic one call after the other.
 */
export async function know(parts: HeldParts, partition: PartitionKey, last: bigint): Promise<boolean> {
  const { journal, rejected, topics } = parts;
  const { topic, partition: number } = splitPartitionKey(partition);
  const areDecisions = topic === topics.rejected;
  const known = areDecisions ? rejected.adoptedThrough : ((await journal.through()).get(partition) ?? -1n);
  if (known >= last) {
    // Letters are adopted without the index being told.
    journal.reached(partition, last);
    return true;
  }
  // Asked first: what is copied while the records are read may not have been among them.
  const place = await journal.recordAt({ topic, partition: number, offset: last });
  for await (const records of journal.scan(topic, number, last, known + 1n)) {
    if (areDecisions) await adoptHeld(parts, records);
    else noteHeld(parts, records);
    const read = records.at(-1)?.position.offset;
    if (read !== undefined) journal.reached(partition, read);
  }
  if (place.kind === 'missing' && place.why === 'beyond_end') return false;
  // The last offsets may be of records nobody may see.
  journal.reached(partition, last);
  if (areDecisions) rejected.passed(last);
  return true;
}

/** Decisions through exactly where the state is: what is folded or decided rests on those and on no others. Rejects with `CopyBehind`. */
export async function knowDecisions(parts: HeldParts, at: PositionVector): Promise<void> {
  const { rejected, topics } = parts;
  const partition = partitionKey(topics.rejected, 0);
  const last = at.get(partition) ?? -1n;
  if (rejected.adoptedThrough > last) rejected.retreat(last);
  if (!(await know(parts, partition, last))) throw new CopyBehind(partition);
}

/**
 * Every record that the state has been taken through of the topics that tell of what `topic` tells: no other has records of its keys.
 * Rejects with `CopyBehind`.
 */
export async function knowSources(parts: HeldParts, topic: string, at: PositionVector): Promise<void> {
  const about = sourceTopic(parts.topics, topic)?.about;
  for (const [partition, last] of at) {
    const place = splitPartitionKey(partition);
    const source = sourceTopic(parts.topics, place.topic);
    if (source === undefined || source.about !== about) continue;
    // The topic has grown, and this process reads it as it was.
    if (place.partition >= source.partitions) throw new CopyBehind(partition);
    if (!(await know(parts, partition, last))) throw new CopyBehind(partition);
  }
}
