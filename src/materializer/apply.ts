/** One batch of one partition into the state: folded, written in one step, and folded again where another owner was faster. */
import { type PartitionKey, type PositionVector, partitionKey, positionText } from '../domain/position.js';
import { understand } from '../domain/step.js';
import type { LogBatch, LogRecord } from '../log/port.js';
import { sourceTopic } from '../log/topics.js';
import type { WriteResult } from '../state/port.js';
import { type DecisionParts, type Progress, writeDecisions } from './decisions.js';
import { knowDecisions, noteHeld } from './held.js';
import { Lead } from './lead.js';
import type { MaterializerReport } from './report.js';
import { type FoldedSlice, foldSlice, keysOf, type PlacedStep } from './slice.js';

export interface ApplyParts extends DecisionParts {
  readonly lead: Lead;
  readonly report: MaterializerReport;
}

/** The state lacks what lies before the batch: it has fallen back, and what it lacks has to be read again first. */
export class StateFellBack extends Error {
  override readonly name = 'StateFellBack';

  constructor(readonly partition: PartitionKey) {
    super(`the state has fallen back in ${partition}`);
  }
}

/** What has been asked for: everything from `begin` on, and the records of the batch are the first of it. */
export interface DeliveredBatch {
  readonly batch: LogBatch;
  /** Undefined: the partition's first kept record. */
  readonly begin: bigint | undefined;
}

/** A write that is under way, or was not needed. */
export interface Attempt {
  /** False: another owner was faster. Rejects when the write failed; it may have been made all the same. */
  readonly isMade: Promise<boolean>;
}

/**
 * One attempt counts once: what the state holds already, of a record delivered again or a write whose reply was lost, is left out.
 * Rejects with `StateFellBack`, and with `CopyBehind`.
 */
export async function applyBatch(parts: ApplyParts, delivered: DeliveredBatch, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { isMade } = await beginBatch(parts, delivered);
    if (await isMade) return;
  }
}

/** Resolves when the batch is folded and its write under way. Rejects as `applyBatch` does. */
export async function beginBatch(parts: ApplyParts, delivered: DeliveredBatch): Promise<Attempt> {
  const { batch, begin = 0n } = delivered;
  const { lead, journal, topics } = parts;
  const partition = partitionKey(batch.topic, batch.partition);
  const through = batch.nextOffset - 1n;
  const at = await lead.through();
  const applied = at.get(partition) ?? -1n;
  if (delivered.begin !== undefined && applied + 1n < begin) {
    lead.forget();
    throw new StateFellBack(partition);
  }
  await knowDecisions(parts, at);
  const records = batch.records.filter(({ position }) => position.offset > applied);
  noteHeld(parts, batch.records.slice(0, batch.records.length - records.length));
  if (through <= applied) {
    journal.reached(partition, through);
    return { isMade: Promise.resolve(true) };
  }
  const progress = { partition, through, after: applied };
  const written =
    batch.topic === topics.rejected
      ? decided(parts, records, progress)
      : (await begunSlice(parts, { topic: batch.topic, records, at }, progress)).written;
  const isMade = settled(parts, written, { partition, through, records: records.length });
  // Who waits for it hears of it; until somebody does it is not unheard of.
  isMade.catch(() => undefined);
  return { isMade };
}

interface Going {
  readonly partition: PartitionKey;
  readonly through: bigint;
  readonly records: number;
}

async function settled(
  { lead, journal, report }: ApplyParts,
  written: Promise<WriteResult>,
  { partition, through, records }: Going,
): Promise<boolean> {
  try {
    const result = await written;
    if (result.kind === 'written') {
      journal.reached(partition, through);
      report.applied(partition, records);
      return true;
    }
    report.conflicted(partition, result.keys.length);
  } catch (error) {
    lead.forget();
    throw error;
  }
  lead.forget();
  return false;
}

/** What decisions do to the state is known once they are carried out. */
async function decided(parts: ApplyParts, records: readonly LogRecord[], progress: Progress): Promise<WriteResult> {
  parts.lead.forget();
  return writeDecisions(parts, records, progress).finally(() => parts.lead.forget());
}

interface Slice {
  readonly topic: string;
  readonly records: readonly LogRecord[];
  /** How far the state was. The fold rests on the decisions through there, and on no later one. */
  readonly at: PositionVector;
}

/** The write is begun when this resolves, and has not been waited for. */
async function begunSlice(
  parts: ApplyParts,
  { topic, records, at }: Slice,
  progress: Progress,
): Promise<{ readonly written: Promise<WriteResult> }> {
  const { state, rejected, journal, topics, lead } = parts;
  const rules = sourceTopic(topics, topic);
  if (rules === undefined) throw new Error(`the log delivered a topic that was not asked for: ${topic}`);
  const steps = records.map((record) => {
    const decision = rejected.decisionOn(positionText(record.position));
    return { record, understood: understand(record, rules, decision) };
  });
  const slice = await foldedFor(parts, steps, progress);
  if (slice === undefined) return { written: Promise.resolve({ kind: 'conflict', keys: [] }) };
  // The letters are durable and the journal knows the records before the state shows what came of them.
  await rejected.append(slice.letters);
  for (const { key, record, accounts } of slice.notes) journal.index.note(key, record.position, accounts);
  const decisions = partitionKey(topics.rejected, 0);
  const held = [{ partition: decisions, through: at.get(decisions) ?? -1n }];
  lead.began(slice.write);
  const written = state.write({ ...slice.write, held });
  lead.waitsFor(written);
  return { written };
}

/**
 * Letters cannot be taken back. So before one is written the fold is made again, on what the state itself says once nothing is under way,
 * and the state found to be the same before and after: one that began anew shows nothing of what a patch is for. Undefined: it is not.
 */
async function foldedFor(
  { state, lead }: ApplyParts,
  steps: readonly PlacedStep[],
  progress: Progress,
): Promise<FoldedSlice | undefined> {
  const keys = keysOf(steps);
  const slice = foldSlice(progress, steps, await lead.entities(keys));
  if (slice.letters.length === 0) return slice;
  await lead.settled();
  const contents = await state.contents();
  const again = foldSlice(progress, steps, await new Lead(state).entities(keys));
  const applied = (await state.through()).get(progress.partition) ?? -1n;
  return applied === progress.after && contents === (await state.contents()) ? again : undefined;
}
