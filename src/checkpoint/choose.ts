/**
 * Where a start begins: the newest checkpoint that is sound, of this code and of this very log; else the one before it; else the
 * base; else the log from its first record. What was passed over is told. When records have expired and nothing holds what they
 * amounted to, there is no start: half a state is none.
 */
import type { LeaderEpochs } from '../domain/epochs.js';
import { type PartitionKey, type PositionVector, partitionKey } from '../domain/position.js';
import { TidemarkError } from '../errors.js';
import type { EventLog, RecordReader } from '../log/port.js';
import type { TopicMap } from '../log/topics.js';
import { beginningsOf, noticeOfBeginnings } from './beginnings.js';
import { anchorAt, anchorOrEnd } from './capture.js';
import { type Checkpoint, checkpointOf } from './format.js';
import { codeOf, isOfOtherCopy } from './header.js';
import { type CheckpointName, type CheckpointStore, textOf } from './port.js';

/** What is asked of the log; one that is only looked at has the answers at hand. */
export interface ChosenLog extends Pick<RecordReader, 'read'>, Pick<EventLog, 'id' | 'topics'> {
  readonly copyId?: EventLog['copyId'] | undefined;
  /** Absent where only a folder is looked at. */
  readonly epochs?: LeaderEpochs;
  starts(): ReturnType<EventLog['starts']> | Awaited<ReturnType<EventLog['starts']>>;
  ends(): ReturnType<EventLog['ends']> | Awaited<ReturnType<EventLog['ends']>>;
}

export interface ChoiceParts {
  readonly store: CheckpointStore;
  readonly log: ChosenLog;
  readonly topics: TopicMap;
  /** The log is a copy of one that others own: it need not begin with the first record (`beginnings.ts`). */
  readonly isCopy?: boolean | undefined;
}

export interface Chosen {
  readonly name: CheckpointName;
  readonly checkpoint: Checkpoint;
}

export interface Choice {
  /** Null: the log is folded from its first record. */
  readonly chosen: Chosen | null;
  /** Sentences for an operator: which checkpoints were passed over, and why. */
  readonly notices: readonly string[];
}

/** Rejects with `log_damaged` when records have expired and no checkpoint that can be used covers them. */
export async function chooseCheckpoint(parts: ChoiceParts): Promise<Choice> {
  const notices: string[] = [];
  const ofOtherCode: Chosen[] = [];
  for (const name of await parts.store.list()) {
    const checkpoint = await usableCheckpoint(parts, name);
    if (typeof checkpoint === 'string') {
      notices.push(`${textOf(name)} was passed over: ${checkpoint}`);
    } else if (checkpoint.header.code !== codeOf(parts.topics)) {
      notices.push(
        `${textOf(name)} was passed over: it was made by other code or of other topics (${checkpoint.header.code})`,
      );
      ofOtherCode.push({ name, checkpoint });
    } else {
      return { chosen: await withFittingAudit(parts, { name, checkpoint }), notices };
    }
  }
  if (!(await hasExpired(parts))) {
    const late = noticeOfBeginnings(await beginningsOf(parts));
    return { chosen: null, notices: late === undefined ? notices : [...notices, late] };
  }
  // What other code made of records that are gone cannot be made again. Of what it made of others as little as possible is taken.
  const oldest = ofOtherCode.at(-1);
  if (oldest === undefined) throw historyLost(notices);
  notices.push(`${textOf(oldest.name)} is taken all the same: the records it was made of have expired`);
  return { chosen: await withFittingAudit(parts, oldest), notices };
}

/** Read, verified, and of this log; or why it cannot be used. */
export async function usableCheckpoint(parts: ChoiceParts, name: CheckpointName): Promise<Checkpoint | string> {
  const checkpoint = await soundCheckpoint(parts.store, name);
  if (typeof checkpoint === 'string') return checkpoint;
  return (await faultOf(parts, checkpoint)) ?? checkpoint;
}

/** Read and verified; or why it cannot be used. */
export async function soundCheckpoint(store: CheckpointStore, name: CheckpointName): Promise<Checkpoint | string> {
  const reading = await store.read(name);
  if (reading.kind === 'damaged') return reading.why;
  return checkpointOf(reading.chunks) ?? 'it has another format';
}

/** Whether this is the log that the checkpoint was made of, with everything after it; undefined when it is. */
async function faultOf({ log, topics, isCopy }: ChoiceParts, { header }: Checkpoint): Promise<string | undefined> {
  if (header.log !== log.id) return 'it is of another log';
  const incarnations = new Map(log.topics().map(({ name, incarnation }) => [name, incarnation.id]));
  const foreign = Object.entries(header.incarnations).find(([topic, id]) => incarnations.get(topic) !== id);
  if (foreign !== undefined) return `topic ${foreign[0]} has been made anew since`;
  const [starts, ends] = await Promise.all([log.starts(), log.ends()]);
  if (isOfOtherCopy(header, log.copyId)) {
    // What it holds of records that this copy lacks could never be held against them.
    const anew = foldedPartitions({ log, topics }).find((key) => (starts.get(key) ?? 0n) !== (header.begun[key] ?? 0n));
    if (anew !== undefined) return `${anew} was copied anew, from ${starts.get(anew) ?? 0n} on`;
  }
  for (const { partition, through, anchor } of header.progress) {
    if (through >= (ends.get(partition) ?? 0n)) return `${partition} ends before ${through}: the log has lost its tail`;
    const found = await anchorOrEnd(log, partition, through);
    // What a copy has lost it copies again, and nobody can tell before that whether it is what the state was made of.
    if (found === 'beyond_end' && isCopy === true)
      return `${partition} has been copied only as far as before ${through}`;
    // No record there has expired or was compacted, which is normal; another record is another history.
    const isAnother = anchor !== null && found !== null && found !== 'beyond_end' && found.digest !== anchor.digest;
    if (isAnother || isParted(log, header, { partition, through }))
      return `${partition} has another record at ${through}`;
  }
  const through = new Map(header.progress.map((made) => [made.partition, made.through]));
  for (const partition of foldedPartitions({ log, topics })) {
    const start = starts.get(partition) ?? 0n;
    const covered = through.get(partition);
    // Of which the checkpoint has nothing, and which it does not know either: a copy of it began since.
    const begun = header.begun[partition] ?? (isCopy === true ? start : 0n);
    const next = covered === undefined ? begun : covered + 1n;
    if (next < start) return `${partition} begins after ${next}: records between have expired`;
  }
  return undefined;
}

/** Where a marker is the last that was read, its place alone says nothing of the history it was seen in. */
function isParted(
  { epochs }: ChosenLog,
  header: Checkpoint['header'],
  at: { readonly partition: PartitionKey; readonly through: bigint },
): boolean {
  if (epochs === undefined || header.epochs === undefined) return false;
  const end = epochs.endOf(at.partition, header.epochs[at.partition] ?? 0);
  // Of an epoch whose records have all expired, nothing is known.
  return end !== undefined && end > 0n && at.through >= end;
}

export function foldedPartitions({ log, topics }: Pick<ChoiceParts, 'log' | 'topics'>) {
  const folded = new Set([...topics.sources.map(({ name }) => name), topics.rejected]);
  return log
    .topics()
    .filter(({ name }) => folded.has(name))
    .flatMap(({ name, partitions }) => Array.from({ length: partitions }, (_, index) => partitionKey(name, index)));
}

/**
 * Partitions that begin after what a state at `through` lacks, also of a state that has fallen back or begun anew. Of a copy, those
 * that the state has nothing of are taken as they begin.
 */
export async function gapsAt(
  parts: Pick<ChoiceParts, 'log' | 'topics' | 'isCopy'>,
  through: PositionVector,
): Promise<readonly PartitionKey[]> {
  const starts = await parts.log.starts();
  return foldedPartitions(parts).filter((partition) => {
    const [start, last] = [starts.get(partition) ?? 0n, through.get(partition)];
    return (last === undefined ? (parts.isCopy === true ? start : 0n) : last + 1n) < start;
  });
}

async function hasExpired(parts: ChoiceParts): Promise<boolean> {
  return beginsAfter(parts, await beginningsOf(parts));
}

async function beginsAfter(parts: Omit<ChoiceParts, 'store'>, begun: PositionVector): Promise<boolean> {
  const starts = await parts.log.starts();
  return foldedPartitions(parts).some((partition) => (starts.get(partition) ?? 0n) > (begun.get(partition) ?? 0n));
}

/** The audit topic is nobody's source: where only its tail is lost, it is read from its beginning. */
async function auditFits({ log, topics }: ChoiceParts, { header }: Checkpoint): Promise<boolean> {
  const partition = partitionKey(topics.context, 0);
  const { through, anchor } = header.audit;
  if (through >= 0n && through >= ((await log.ends()).get(partition) ?? 0n)) return false;
  const found = await anchorAt(log, partition, through);
  return anchor === null || found === null || found.digest === anchor.digest;
}

/** Whatever code made the checkpoint: what it says of records that the audit topic does not have is left out. */
async function withFittingAudit(parts: ChoiceParts, { name, checkpoint }: Chosen): Promise<Chosen> {
  if (await auditFits(parts, checkpoint)) return { name, checkpoint };
  return { name, checkpoint: { ...checkpoint, recorded: { through: -1n, rows: Buffer.alloc(0) } } };
}

export function historyLost(notices: readonly string[]): TidemarkError {
  return new TidemarkError({
    code: 'log_damaged',
    message: 'records of the log have expired, and no checkpoint that can be used holds what they amounted to',
    advice: 'Restore the folder of checkpoints from a backup, or begin a new log and load it from the sources again.',
    retriable: false,
    facts: { passedOver: notices },
  });
}
