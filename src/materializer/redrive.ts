/**
 * Redrive: the key is folded again from its journal records, in order, with the rejected record in its original place. Nothing old
 * is ever published under a new offset. The dry run is the same computation without the write.
 */
import type { Entity, EntityKey } from '../domain/entity.js';
import { type PartitionKey, type PositionVector, partitionKey } from '../domain/position.js';
import { countOf, type Decision, keyOf, step, understand } from '../domain/step.js';
import type { Journal } from '../journal/journal.js';
import type { DecisionLookup, RebuiltStep } from '../journal/rebuild.js';
import type { DeadLetter, RejectedEvent } from '../log/rejected-port.js';
import { sourceTopic, type TopicMap } from '../log/topics.js';
import type { BlockedMark, OutcomeCounts } from '../state/port.js';
import { blockedBy } from './slice.js';

export interface Refold {
  readonly partition: PartitionKey;
  /** Null when not even the redriven record names a key: there is nothing to fold. */
  readonly key: EntityKey | null;
  readonly before: readonly RebuiltStep[];
  readonly after: readonly RebuiltStep[];
  /** Marks the key had before the first of these steps, where older ones have expired. */
  readonly marksBefore: readonly BlockedMark[];
}

export type RefoldResult =
  | { readonly kind: 'refolded'; readonly refold: Refold }
  /** The record, or another of its key, is no longer kept. */
  | { readonly kind: 'lost'; readonly why: string }
  /** The repair has no effect: no event, about another key than the rejected record, or after another repair (`Decision`). */
  | { readonly kind: 'other_key' };

export interface RefoldDecisions {
  readonly before: DecisionLookup;
  readonly decision: Decision;
  /** How far the state is, the decision included: the index may know records that it does not hold. Absent: everything known. */
  readonly upTo?: PositionVector;
}

/** Folds the key of a rejected event with and without `decision`. Decisions about other records stay as they are. */
export async function refold(
  journal: Journal,
  topics: TopicMap,
  rejected: RejectedEvent,
  decisions: RefoldDecisions,
): Promise<RefoldResult> {
  const { position } = rejected;
  const partition = partitionKey(position.topic, position.partition);
  const reading = await journal.recordAt(position);
  if (reading.kind === 'missing') return { kind: 'lost', why: reading.why };
  const rules = sourceTopic(topics, position.topic) ?? { about: null, tenant: null };
  const understood = understand(reading.record, rules, decisions.decision);
  const { decision, upTo = null } = decisions;
  if (decision.kind === 'redriven' && understood.arrival.redrive !== decision.at) return { kind: 'other_key' };
  const key = keyOf(understood) ?? null;
  if (key === null) {
    // Read again it is rejected again, and blocks again unless it has been discarded.
    const again = [{ record: reading.record, step: step(undefined, understood), after: undefined }];
    return { kind: 'refolded', refold: { partition, key, before: again, after: again, marksBefore: [] } };
  }
  const withDecision: DecisionLookup = (id) => (id === rejected.id ? decisions.decision : decisions.before(id));
  // The repaired bytes may name a key that the broken ones did not: then the journal does not know this record as one of the key's.
  const before = await journal.historyOf(key, decisions.before, upTo, position);
  const after = await journal.historyOf(key, withDecision, upTo, position);
  if (before.kind === 'lost') return { kind: 'lost', why: before.why };
  if (after.kind === 'lost') return { kind: 'lost', why: after.why };
  // Those a discard has lifted since do not come back.
  const marksBefore = (after.begins?.marks ?? []).filter((mark) => withDecision(mark.rejected)?.kind !== 'discarded');
  return { kind: 'refolded', refold: { partition, key, before: before.steps, after: after.steps, marksBefore } };
}

/** The entity a refold ends with. */
export function entityAfter(steps: readonly RebuiltStep[]): Entity | undefined {
  return steps.at(-1)?.after;
}

/** How the partition's counts move: every record of the key leaves its old outcome and joins its new one. */
export function countsMoved({ before, after }: Refold): OutcomeCounts {
  const counts = { applied: 0, superseded: 0, duplicate: 0, rejected: 0 };
  for (const taken of after) counts[countOf(taken.step.outcome)]++;
  for (const taken of before) counts[countOf(taken.step.outcome)]--;
  return counts;
}

/** The marks the key has after a refold: its rejected records that nothing later replaced and nobody discarded. */
export function marksAfter(refold: Refold): readonly BlockedMark[] {
  let marks: BlockedMark[] = [...refold.marksBefore];
  for (const { record, step: taken } of refold.after) {
    if (taken.outcome === 'applied' && taken.replacesAll) marks = [];
    const mark = blockedBy(record, taken);
    if (mark !== undefined) marks.push(mark);
  }
  return marks;
}

/** Letters for what a refold rejects. Records that have one get no second: only what the redrive itself has turned away is new. */
export function lettersAfter({ after }: Refold): readonly DeadLetter[] {
  return after.flatMap(({ record, step: taken }) =>
    taken.outcome === 'rejected' ? [{ record, rejection: taken.rejection, concern: taken.concern }] : [],
  );
}

/** Every account the key has belonged to, with the record in its place. */
export function accountsAfter({ after }: Refold): readonly string[] {
  return [...new Set(after.map(({ after: entity }) => entity?.accountId ?? null).filter((id) => id !== null))];
}
