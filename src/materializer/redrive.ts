/**
 * Redrive: the key is folded again from its journal records, in order, with the rejected record in its original place. Nothing old
 * is ever published under a new offset. The dry run is the same computation without the write.
 */
import type { Entity, EntityKey } from '../domain/entity.js';
import { entityKeyText } from '../domain/entity.js';
import { type PartitionKey, partitionKey, positionText } from '../domain/position.js';
import { countOf, type Decision, keyOf, understand } from '../domain/step.js';
import type { Journal } from '../journal/journal.js';
import type { DecisionLookup, RebuiltStep } from '../journal/rebuild.js';
import type { RejectedEvent } from '../log/rejected-port.js';
import { sourceTopic, type TopicMap } from '../log/topics.js';
import type { BlockedMark, OutcomeCounts } from '../state/port.js';

export interface Refold {
  readonly partition: PartitionKey;
  /** Null when not even the redriven record names a key: nothing to fold, only the mark to lift. */
  readonly key: EntityKey | null;
  readonly before: readonly RebuiltStep[];
  readonly after: readonly RebuiltStep[];
}

export type RefoldResult =
  | { readonly kind: 'refolded'; readonly refold: Refold }
  /** The record, or another of its key, is no longer kept. */
  | { readonly kind: 'lost'; readonly why: string }
  /** The repaired bytes are about another key than the rejected record: that would be a new record, not a repair. */
  | { readonly kind: 'other_key' };

/** Folds the key of a rejected event with and without `decision`. Decisions about other records stay as they are. */
export async function refold(
  journal: Journal,
  topics: TopicMap,
  rejected: RejectedEvent,
  decisions: { readonly before: DecisionLookup; readonly decision: Decision },
): Promise<RefoldResult> {
  const { position } = rejected;
  const partition = partitionKey(position.topic, position.partition);
  const reading = await journal.recordAt(position);
  if (reading.kind === 'missing') return { kind: 'lost', why: reading.why };
  const rules = sourceTopic(topics, position.topic) ?? { about: null, tenant: null };
  const original = keyOf(understand(reading.record, rules, undefined));
  const key = keyOf(understand(reading.record, rules, decisions.decision)) ?? null;
  if (original !== undefined && key !== null && !sameKey(original, key)) return { kind: 'other_key' };
  if (key === null) return { kind: 'refolded', refold: { partition, key, before: [], after: [] } };
  // The repaired bytes may name a key that the broken ones did not: the journal must know this record as one of the key's.
  journal.index.note(key, position, []);
  const withDecision: DecisionLookup = (id) => (id === rejected.id ? decisions.decision : decisions.before(id));
  const before = await journal.historyOf(key, decisions.before, null);
  const after = await journal.historyOf(key, withDecision, null);
  if (before.kind === 'lost') return { kind: 'lost', why: before.why };
  if (after.kind === 'lost') return { kind: 'lost', why: after.why };
  return { kind: 'refolded', refold: { partition, key, before: before.steps, after: after.steps } };
}

/** The entity a refold ends with. */
export function entityAfter(steps: readonly RebuiltStep[]): Entity | undefined {
  return steps.at(-1)?.after;
}

/** How the partition's counts move: every record of the key leaves its old outcome and joins its new one. */
export function countsMoved({ before, after }: Refold): OutcomeCounts {
  const counts = { applied: 0, superseded: 0, duplicate: 0, rejected: 0 };
  for (const { step } of after) counts[countOf(step.outcome)]++;
  for (const { step } of before) counts[countOf(step.outcome)]--;
  return counts;
}

/** The marks the key has after a refold: its rejected records that nothing later replaced and nobody discarded. */
export function marksAfter(refold: Refold): readonly BlockedMark[] {
  let marks: BlockedMark[] = [];
  for (const { record, step } of refold.after) {
    if (step.outcome === 'applied' && step.replacesAll) marks = [];
    if (step.outcome === 'rejected' && !step.discarded) {
      marks.push({ rejected: positionText(record.position), concern: step.concern });
    }
  }
  return marks;
}

function sameKey(a: EntityKey, b: EntityKey): boolean {
  return entityKeyText(a) === entityKeyText(b);
}
