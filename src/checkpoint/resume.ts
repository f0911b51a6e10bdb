/** The start of a service: everything that a checkpoint holds is put back where it was, and what it lacks follows from the log. */
import type { RecordedContents } from '../audit/recorded-ids.js';
import { type PartitionKey, type PositionVector, partitionKey, splitPartitionKey } from '../domain/position.js';
import { type BaseSource, noBase } from '../journal/base.js';
import { JournalIndex } from '../journal/journal-index.js';
import type { EventLog, RecordReader } from '../log/port.js';
import type { RejectedContents } from '../log/rejected-log.js';
import { type TopicMap, unappliedTopics } from '../log/topics.js';
import type { StateStore } from '../state/port.js';
import { Bases } from './bases.js';
import { beginningsOf } from './beginnings.js';
import { type Choice, chooseCheckpoint, gapsAt, historyLost } from './choose.js';
import type { CapturableState } from './contents.js';
import { type CheckpointStore, textOf } from './port.js';
import { type CheckpointReport, reportsNoCheckpoint } from './report.js';

/** Where checkpoints are kept, and the store they are of. */
export interface Checkpointing {
  readonly store: CheckpointStore;
  readonly state: CapturableState;
}

export interface ResumeParts {
  readonly log: EventLog & RecordReader;
  readonly state: StateStore;
  readonly topics: TopicMap;
  /** Absent: there are none, so the log must have everything. */
  readonly checkpointing?: Checkpointing;
  /** The log is a copy of one that others own: it need not begin with the first record. */
  readonly isCopy?: boolean;
  readonly checkpointReport?: CheckpointReport;
  /** Of a state that others write too; `cannot` where somebody else is given what this one lacks. Absent: there are no others. */
  readonly ownership?: {
    owns(partition: PartitionKey): boolean;
    readonly cannot?: (partitions: readonly PartitionKey[]) => void;
  };
}

/** For an operator: where the start began, and what was noticed about it. */
export interface StartSummary {
  /** `checkpoint 12`, or null for the log's first record. */
  readonly from: string | null;
  /** Records that the checkpoint does not hold and the log does. */
  readonly recordsToFollow: bigint;
  readonly notices: readonly string[];
}

export interface Resumed {
  readonly index: JournalIndex;
  /** How far what is known of the rejected topic goes: with its contents, or as far as a state that outlived its process says. */
  readonly rejected: RejectedContents | bigint | undefined;
  readonly recorded: RecordedContents | undefined;
  readonly base: BaseSource;
  /** Null where there are no checkpoints. */
  readonly bases: Bases | null;
  readonly covered: PositionVector;
  /** Where a copy of a log that others own began; empty: the log has had all its records. */
  readonly begun: PositionVector;
  readonly start: StartSummary;
}

/** Rejects with `log_damaged` when records have expired that nothing stands for. */
export async function resume(parts: ResumeParts): Promise<Resumed> {
  const { log, state, topics, checkpointing, checkpointReport: report = reportsNoCheckpoint } = parts;
  const index = new JournalIndex();
  const held = await state.through();
  if (checkpointing === undefined || held.size > 0) {
    const { ownership, isCopy } = parts;
    // Of a state that several share another one may have what is missing here.
    const isOurs = (partition: PartitionKey) => ownership?.cannot === undefined && (ownership?.owns(partition) ?? true);
    if ((await gapsAt({ log, topics, isCopy }, held)).some(isOurs)) throw historyLost([]);
    const start = await summaryOf(parts, { chosen: null, notices: [] });
    const rejected = held.size === 0 ? undefined : (held.get(partitionKey(topics.rejected, 0)) ?? -1n);
    return { index, rejected, recorded: undefined, base: noBase, bases: null, covered: held, begun: new Map(), start };
  }
  const choiceParts = { store: checkpointing.store, log, topics, isCopy: parts.isCopy };
  const choice = await chooseCheckpoint(choiceParts);
  const checkpoint = choice.chosen?.checkpoint;
  if (checkpoint !== undefined) {
    checkpointing.state.restore(checkpoint.state);
    index.restore(checkpoint.index);
  }
  const bases = new Bases(choiceParts, report);
  return {
    index,
    rejected: checkpoint?.rejected,
    recorded: checkpoint?.recorded,
    base: bases,
    bases,
    covered: await state.through(),
    begun: await beginningsOf(choiceParts),
    start: await summaryOf(parts, choice),
  };
}

async function summaryOf({ log, state, topics }: ResumeParts, { chosen, notices }: Choice): Promise<StartSummary> {
  const [through, starts, ends] = await Promise.all([state.through(), log.starts(), log.ends()]);
  let recordsToFollow = 0n;
  const unapplied = unappliedTopics(topics);
  for (const [partition, end] of ends) {
    if (unapplied.includes(splitPartitionKey(partition).topic)) continue;
    const next = (through.get(partition) ?? (starts.get(partition) ?? 0n) - 1n) + 1n;
    if (end > next) recordsToFollow += end - next;
  }
  return { from: chosen === null ? null : textOf(chosen.name), recordsToFollow, notices };
}
