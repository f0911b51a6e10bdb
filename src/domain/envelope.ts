/**
 * From a record to the CloudEvent it carries: CloudEvents 1.0 in structured mode (the value is the event), in Kafka's binary mode
 * (CloudEvents Kafka protocol binding 1.0, section 3: attributes in `ce_*` headers, data in the value), or, on a topic that says so,
 * the bare data of an entity.
 */
import { type Digest, digestOf, type JsonObject, type JsonValue } from './canonical.js';
import type { InteractionKind } from './event.js';
import { isJsonObject } from './json.js';
import type { Kind } from './kinds/index.js';
import type { Position } from './position.js';
import type { KeyReading } from './record-key.js';

/** `json`: a record that does not say that it is a CloudEvent is the full state of an entity. */
export type RecordFormat = 'cloudevents' | 'json';

export interface RawRecord {
  readonly key: Uint8Array | null;
  /** Names may repeat; the last one counts. */
  readonly headers: readonly (readonly [name: string, value: Uint8Array])[];
  readonly value: Uint8Array | null;
  /** Where it lies; bare data has no other name. */
  readonly position?: Position;
}

export interface EnvelopeRules {
  readonly about: Kind | InteractionKind | null;
  readonly tenant: string | null;
  readonly format?: RecordFormat | undefined;
}

export interface Envelope {
  /** A CloudEvent as JSON, or what somebody took for one. */
  readonly body: JsonValue;
  /** Of the bytes as sent: our own appends are canonical, and a re-sent record has the same bytes. */
  readonly digest: Digest;
}

/** `value` is the record's, read. `named`: what its key says. */
export function openEnvelope(
  record: RawRecord,
  value: JsonValue,
  rules: EnvelopeRules,
  named: KeyReading | undefined,
): Envelope | 'not_utf8' {
  const structured = saysStructured(record.headers);
  const attributes = structured ? undefined : binaryAttributes(record.headers);
  if (attributes === 'not_utf8') return attributes;
  const bytes = record.value ?? new Uint8Array();
  if (attributes !== undefined) return { body: { ...attributes, data: value }, digest: digestOfBinary(record, bytes) };
  const bare = rules.format === 'json' && !structured && !(isJsonObject(value) && value.specversion !== undefined);
  return { body: bare ? wrapped(record, value, rules, named) : value, digest: digestOf(bytes) };
}

/** A content type of a CloudEvent decides, as the binding has it (section 3), even beside `ce_*` headers that came along with it. */
function saysStructured(headers: RawRecord['headers']): boolean {
  const found = headers.findLast(([name]) => name.toLowerCase() === 'content-type');
  return found !== undefined && /^\s*application\/cloudevents/i.test(lenient.decode(found[1]));
}

const lenient = new TextDecoder();

// Strict, and a byte order mark stays: two ids that differ must not be read as one.
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function binaryAttributes(headers: RawRecord['headers']): JsonObject | 'not_utf8' | undefined {
  if (!headers.some(([name]) => name === 'ce_specversion')) return undefined;
  const found = headers.filter(([name]) => name.startsWith('ce_'));
  try {
    return Object.fromEntries(found.map(([name, value]) => [name.slice(3), strict.decode(value)]));
  } catch {
    return 'not_utf8';
  }
}

function digestOfBinary(record: RawRecord, value: Uint8Array): Digest {
  const attributes = record.headers
    .filter(([name]) => name.startsWith('ce_'))
    .map(([name, bytes]) => `${name}=${strict.decode(bytes)}`);
  return digestOf(`${attributes.sort().join('\n')}\n${digestOf(value)}`);
}

/**
 * Bare data as an event named by its place. Not by its content: an entity that returns to what it was before would then look like a
 * repetition. So a record that its producer sends twice is folded twice, which leaves the entity as it is.
 */
function wrapped(
  { position }: RawRecord,
  data: JsonValue,
  { about, tenant }: EnvelopeRules,
  named: KeyReading | undefined,
): JsonObject {
  const subject = isJsonObject(data) && typeof data.id === 'string' ? data.id : named?.id;
  return {
    ...(position === undefined ? {} : nameOfPlace(position)),
    specversion: '1.0',
    type: `${about}.recorded`,
    ...(subject === undefined ? {} : { subject }),
    tenant: tenant ?? named?.tenant ?? null,
    data,
  };
}

/** A topic made anew gives its offsets out again, and so does one that lost its end: both are part of the name. */
function nameOfPlace({ topic, incarnation, partition, leaderEpoch, offset }: Position): JsonObject {
  return { source: `${topic}/${incarnation.id}`, id: `${partition}:${offset}:${leaderEpoch}` };
}
