/** What a hop tells of its record beside position, time and hash. */
import { canonicalJson, digestOf, type JsonObject, type JsonValue } from '../../domain/canonical.js';
import type { EntityEvent, InteractionEvent, Tombstone } from '../../domain/event.js';
import { positionText } from '../../domain/position.js';
import { limits } from '../../limits.js';
import type { Gap, Hop, Stage } from './model.js';
import type { Noted, ReadRecord } from './port.js';

/** The hop of an event. `more` comes first, for people read from the front. */
export function eventHop(
  stage: Stage,
  { position, timestampMs, hash, event }: ReadRecord<EntityEvent | InteractionEvent>,
  more: JsonObject = {},
): Hop {
  const isEntity = event.about === 'entity';
  const told = isEntity ? {} : members(event.data);
  return {
    stage,
    ref: isEntity ? `${event.key.kind}/${event.key.id}` : event.type,
    position: positionText(position),
    timeMs: timestampMs,
    hash,
    facts: {
      ...more,
      eventId: event.id,
      source: event.source,
      ...(isEntity ? { type: event.type } : { subject: event.subject }),
      ...(event.time === null ? {} : { eventTime: event.time }),
      ...(event.correlationId === null ? {} : { correlationId: event.correlationId }),
      ...(event.causationId === null ? {} : { causationId: event.causationId }),
      ...(isEntity ? {} : { data: told }),
    },
  };
}

/** The hop of a record that says no more than that an entity is no more. */
export function tombstoneHop(
  stage: Stage,
  { position, timestampMs, hash, event }: ReadRecord<Tombstone>,
  more: JsonObject,
): Hop {
  const ref = `${event.key.kind}/${event.key.id}`;
  return { stage, ref, position: positionText(position), timeMs: timestampMs, hash, facts: { ...more, deleted: true } };
}

/** Many members may be as long as one: then the whole is told by its hash. */
function members(data: JsonObject): JsonValue {
  const told = Object.fromEntries(Object.entries(data).map(([name, value]) => [name, shown(value)]));
  return Buffer.byteLength(canonicalJson(told)) <= limits.traceDataBytesMax ? told : identified(canonicalJson(data));
}

/** A value as it is, or what identifies it where it is long: a trace is to be read, and bodies are in the log. */
export function shown(value: JsonValue): JsonValue {
  const text = canonicalJson(value);
  return Buffer.byteLength(text) <= limits.traceValueBytesMax ? value : identified(text);
}

function identified(text: string): JsonObject {
  return { hash: digestOf(text), bytes: Buffer.byteLength(text) };
}

export function gapAt(stage: Stage, what: string, reason: Gap['reason'], at: Pick<Noted, 'position'> | null): Gap {
  return { stage, what, reason, position: at === null ? null : positionText(at.position) };
}

/** The texts of a list; empty for anything else. */
export function textsAt(data: JsonObject, name: string): readonly string[] {
  const value = data[name];
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

export function textAt(data: JsonObject, name: string): string | undefined {
  const value = data[name];
  return typeof value === 'string' ? value : undefined;
}
