/** One batch of one partition into the state: folded, written in one step, and folded again where another owner was faster. */
import { type Entity, type EntityKeyText, entityKeyText } from '../domain/entity.js';
import { type PartitionKey, type PositionVector, partitionKey, positionText } from '../domain/position.js';
import { understand } from '../domain/step.js';
import type { LogBatch, LogRecord } from '../log/port.js';
import { sourceTopic } from '../log/topics.js';
import type { WriteResult } from '../state/port.js';
import { type DecisionParts, type Progress, writeDecisions } from './decisions.js';
import { knowDecisions, noteHeld } from './held.js';
import type { MaterializerReport } from './report.js';
import { foldSlice, keysOf, type PlacedStep } from './slice.js';

export interface ApplyParts extends DecisionParts {
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

/**
 * One attempt counts once: what the state holds already, of a record delivered again or a write whose reply was lost, is left out.
 * Rejects with `StateFellBack`, and with `CopyBehind`.
 */
export async function applyBatch(parts: ApplyParts, delivered: DeliveredBatch, signal: AbortSignal): Promise<void> {
  const { batch, begin = 0n } = delivered;
  const { state, journal, topics, report } = parts;
  const partition = partitionKey(batch.topic, batch.partition);
  const through = batch.nextOffset - 1n;
  while (!signal.aborted) {
    const at = await state.through();
    const applied = at.get(partition) ?? -1n;
    if (delivered.begin !== undefined && applied + 1n < begin) throw new StateFellBack(partition);
    await knowDecisions(parts, at);
    const records = batch.records.filter(({ position }) => position.offset > applied);
    noteHeld(parts, batch.records.slice(0, batch.records.length - records.length));
    if (through <= applied) return journal.reached(partition, through);
    const progress = { partition, through, after: applied };
    const result = await (batch.topic === topics.rejected
      ? writeDecisions(parts, records, progress)
      : writeSlice(parts, { topic: batch.topic, records, at }, progress));
    if (result.kind === 'written') {
      journal.reached(partition, through);
      return report.applied(partition, records.length);
    }
    report.conflicted(partition, result.keys.length);
  }
}

interface Slice {
  readonly topic: string;
  readonly records: readonly LogRecord[];
  /** How far the state was. The fold rests on the decisions through there, and on no later one. */
  readonly at: PositionVector;
}

async function writeSlice(parts: ApplyParts, { topic, records, at }: Slice, progress: Progress): Promise<WriteResult> {
  const { state, rejected, journal, topics } = parts;
  const rules = sourceTopic(topics, topic);
  if (rules === undefined) throw new Error(`the log delivered a topic that was not asked for: ${topic}`);
  const steps = records.map((record) => {
    const decision = rejected.decisionOn(positionText(record.position));
    return { record, understood: understand(record, rules, decision) };
  });
  const slice = foldSlice(progress, steps, await storedOf(parts, steps));
  // The letters are durable and the journal knows the records before the state shows what came of them.
  await rejected.append(slice.letters);
  for (const { key, record, accounts } of slice.notes) journal.index.note(key, record.position, accounts);
  const decisions = partitionKey(topics.rejected, 0);
  return state.write({ ...slice.write, held: [{ partition: decisions, through: at.get(decisions) ?? -1n }] });
}

async function storedOf(
  { state }: ApplyParts,
  steps: readonly PlacedStep[],
): Promise<ReadonlyMap<EntityKeyText, Entity>> {
  const keys = keysOf(steps);
  const found = await state.entities(keys);
  const stored = new Map<EntityKeyText, Entity>();
  for (const [index, key] of keys.entries()) {
    const entity = found[index];
    if (entity !== undefined) stored.set(entityKeyText(key), entity);
  }
  return stored;
}
