/**
 * What operators decided, carried out: each decision in one write together with the progress through it, so that whoever sees what it
 * did sees the decision.
 */
import type { Entity } from '../domain/entity.js';
import { partitionKey } from '../domain/position.js';
import type { LogRecord } from '../log/port.js';
import type { PendingDecision } from '../log/rejected-port.js';
import type { EntityChange, OutcomeCounts, ProgressMade, StateStore, WriteResult } from '../state/port.js';
import { type HeldParts, knowSources } from './held.js';
import { accountsAfter, countsMoved, entityAfter, lettersAfter, marksAfter, refold } from './redrive.js';
import type { MaterializerReport } from './report.js';

export interface DecisionParts extends HeldParts {
  readonly state: StateStore;
  readonly report: Pick<MaterializerReport, 'applied' | 'decisionIgnored'>;
}

export type Progress = Omit<ProgressMade, 'counts'>;

const noCounts: OutcomeCounts = { applied: 0, superseded: 0, duplicate: 0, rejected: 0 };
const nothingElse = { changes: [], replaced: [], decided: [], block: [] } as const;

/**
 * The decisions known at start shape the very first fold, so the state says that it has come through them before it shows
 * anything else: a stamp names every decision it depends on. `loaded`: their offsets, and those of the letters between them.
 */
export async function writeLoaded(parts: DecisionParts, loaded: readonly bigint[]): Promise<void> {
  const { state, topics, report, rejected } = parts;
  const partition = partitionKey(topics.rejected, 0);
  const at = await state.through();
  const after = at.get(partition) ?? -1n;
  const fresh = loaded.filter((offset) => offset > after);
  const through = fresh.at(-1);
  if (through === undefined) return;
  const sources = topics.sources.flatMap(({ name, partitions }) =>
    Array.from({ length: partitions }, (_, number) => partitionKey(name, number)),
  );
  // Another owner has folded without them since they were read: they are carried out when they are delivered.
  if (sources.some((source) => at.has(source))) return rejected.retreat(after);
  const held = sources.map((source) => ({ partition: source, through: -1n }));
  const counts = { ...noCounts, applied: fresh.length };
  const written = await state.write({ ...nothingElse, progress: [{ partition, through, after, counts }], held });
  // Somebody else has come further meanwhile: what is left of it is looked at again.
  if (written.kind === 'conflict') return writeLoaded(parts, loaded);
  report.applied(partition, fresh.length);
}

/** One write per decision, with what it changes; one for what follows the last decision. */
export async function writeDecisions(
  parts: DecisionParts,
  records: readonly LogRecord[],
  progress: Progress,
): Promise<WriteResult> {
  const { rejected, state } = parts;
  let made = { ...progress, counts: noCounts };
  for (const record of records) {
    made = { ...made, through: record.position.offset, counts: { ...noCounts, applied: made.counts.applied + 1 } };
    const news = rejected.newDecision(record);
    const carried = news === undefined ? undefined : await carryOut(parts, news, made);
    if (carried?.kind === 'conflict') return carried;
    if (carried !== undefined) made = { ...made, after: made.through, counts: noCounts };
    // Only now in effect: a decision whose write has failed is new again at the next attempt.
    rejected.adopt(record);
  }
  return state.write({ ...nothingElse, progress: [{ ...made, through: progress.through }] });
}

/**
 * Writes what a decision does, for a redrive its key folded again, together with `made`, the progress through the decision. Undefined
 * where it can do nothing. Decisions known at start do not come here.
 */
async function carryOut(
  parts: DecisionParts,
  { event, decision }: PendingDecision,
  made: ProgressMade,
): Promise<WriteResult | undefined> {
  const { rejected, journal, topics, state, report } = parts;
  const partition = partitionKey(event.position.topic, event.position.partition);
  const at = await state.through();
  const through = at.get(partition) ?? -1n;
  // The fold has not come to the record yet, and does not come to it before this write; when it does, it will meet the decision.
  if (through < event.position.offset)
    return state.write({ ...nothingElse, progress: [made], held: [{ partition, through }] });
  // What has been folded stays as it is, so this needs no record that may have expired: it lifts the mark, if there is one.
  if (decision.kind === 'discarded') return state.write({ ...nothingElse, progress: [made], decided: [event.id] });
  // Another owner may have taken the state further than this index knows: a refold without its records would undo them.
  await knowSources(parts, event.position.topic, at);
  const upTo = new Map([...at, [partitionKey(topics.rejected, 0), made.through] as const]);
  const result = await refold(journal, topics, event, { before: (id) => rejected.decisionOn(id), decision, upTo });
  if (result.kind !== 'refolded') {
    // Otherwise the letter would read as decided, and its mark would stay where nobody can lift it any more.
    if (result.kind === 'lost') await rejected.lapse(event.id, decision.at);
    report.decisionIgnored(event.id, result.kind);
    return undefined;
  }
  const done = result.refold;
  if (done.key !== null) journal.index.note(done.key, event.position, accountsAfter(done));
  await rejected.append(lettersAfter(done));
  const [current] = done.key === null ? [] : await state.entities([done.key]);
  return state.write({
    progress: [{ partition, through, after: through, counts: countsMoved(done) }, made],
    changes: refoldedChange(entityAfter(done.after), current),
    replaced: done.key === null ? [] : [done.key],
    decided: [event.id],
    block: marksAfter(done),
  });
}

/** The index takes only higher revisions, and a refold may have fewer steps than the life it corrects. */
function refoldedChange(entity: Entity | undefined, current: Entity | undefined): readonly EntityChange[] {
  if (entity === undefined) return [];
  const revision = (current?.revision ?? 0) + 1;
  return [{ entity: { ...entity, revision }, expected: current?.watermark ?? null }];
}
