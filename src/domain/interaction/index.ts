/** The classes of interaction events. Which one an event is of follows from its type by table: `tool.retry_scheduled` is of control. */
import type { JsonObject } from '../canonical.js';
import type { InteractionKind } from '../event.js';
import { type Rejection, rejection } from '../rejection.js';
import { control } from './control.js';
import { decision } from './decision.js';
import type { ClassDefinition } from './definition.js';
import { tool } from './tool.js';

export type { ClassDefinition } from './definition.js';

export const interactionClasses: Readonly<Record<InteractionKind, ClassDefinition>> = { control, tool, decision };

const classes = Object.values(interactionClasses);
const classOfType = new Map(
  classes.flatMap(({ kind, types }) => Object.keys(types).map((type) => [type, kind] as const)),
);
/** First segments of types, with what they know. */
const typesUnder = new Map<string, readonly string[]>();
for (const type of [...classOfType.keys()].sort()) {
  const head = headOf(type);
  typesUnder.set(head, [...(typesUnder.get(head) ?? []), type]);
}

/**
 * Undefined: the type is none of an interaction. A rejection: it begins like one and is not known, so nobody could say what it means
 * for a claim or a decision.
 */
export function interactionKindOf(type: string): InteractionKind | Rejection | undefined {
  const known =
    classOfType.get(type) ?? classes.find(({ anyUnder }) => anyUnder !== null && type.startsWith(anyUnder))?.kind;
  if (known !== undefined) return known;
  const siblings = typesUnder.get(headOf(type));
  return siblings === undefined ? undefined : rejection('type_unknown', `known are ${siblings.join(', ')}`);
}

/** Undefined when the data has the required members of its type. Names members, never values. */
export function faultInInteraction(kind: InteractionKind, type: string, data: JsonObject): Rejection | undefined {
  const result = interactionClasses[kind].types[type]?.safeParse(data);
  if (result === undefined || result.success) return undefined;
  const members = result.error.issues.slice(0, 5).map((issue) => `/${issue.path.join('/')} (${issue.code})`);
  return rejection('data_invalid', `${type} data: ${members.join(', ')}`);
}

function headOf(type: string): string {
  const dot = type.indexOf('.');
  return dot === -1 ? type : type.slice(0, dot);
}
