/** Rebuilds one entity from its own records, as of any position: the same steps as live, so the same bytes. */
import type { Entity, EntityKey } from '../domain/entity.js';
import { entityKeyText } from '../domain/entity.js';
import type { TopicRules } from '../domain/parse.js';
import { positionText } from '../domain/position.js';
import { type Decision, keyOf, type Step, step, understand } from '../domain/step.js';
import type { LogRecord } from '../log/port.js';

export interface RebuiltStep {
  readonly record: LogRecord;
  readonly step: Step;
  /** The entity after this record. */
  readonly after: Entity | undefined;
}

/** The decision in effect on a rejected record. */
export type DecisionLookup = (rejected: string) => Decision | undefined;

export interface RebuildParts {
  readonly rulesOf: (topic: string) => TopicRules;
  readonly decisionOn: DecisionLookup;
  /** What earlier records had come to; undefined where these are the first. */
  readonly from?: Entity | undefined;
}

/** `records` are those of one key in order; records that turn out to concern another key are passed over. */
export function rebuild(
  key: EntityKey,
  records: Iterable<LogRecord>,
  { rulesOf, decisionOn, from }: RebuildParts,
): readonly RebuiltStep[] {
  const wanted = entityKeyText(key);
  const steps: RebuiltStep[] = [];
  let current = from;
  for (const record of records) {
    const understood = understand(record, rulesOf(record.position.topic), decisionOn(positionText(record.position)));
    const found = keyOf(understood);
    if (found !== undefined && entityKeyText(found) !== wanted) continue;
    // A record that names no key knows nothing of this one, and must not look as if it did.
    const taken = step(found === undefined ? undefined : current, understood);
    if (taken.outcome === 'applied') current = taken.entity;
    steps.push({ record, step: taken, after: current });
  }
  return steps;
}
