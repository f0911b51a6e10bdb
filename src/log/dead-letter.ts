/**
 * The rejected topic's records: letters, decisions, and which decisions lapsed. A dead letter is the rejected record, key, value and headers as they were, followed by headers of
 * ours: Kafka Connect's dialect (`__connect.errors.*`, KIP-298) and `tidemark.*` for what Connect has no name for. Headers that a
 * producer forged come before ours, and of repeated names the last one counts. A record so large that it would not fit the log a
 * second time, with our headers, is not repeated: its letter refers to it. Nor is what stands in for a record that no journal holds:
 * `tidemark.rejected.kept` is `topic`, since the original is nowhere else.
 */

import { isKind } from '../domain/kinds/index.js';
import type { Concern } from '../domain/parse.js';
import { parsePositionText, positionText } from '../domain/position.js';
import { type Rejection, type RejectionReason, rejection, rejectionAdvice } from '../domain/rejection.js';
import type { Decision } from '../domain/step.js';
import { limits } from '../limits.js';
import type { LogRecord, NewRecord, RecordHeader } from './port.js';
import type { DeadLetter, NewDecision } from './rejected-port.js';
import { isStandIn, standInText } from './stand-in.js';

const names = {
  entry: 'tidemark.entry',
  kept: 'tidemark.rejected.kept',
  about: 'tidemark.rejected.position',
  incarnation: 'tidemark.rejected.incarnation',
  leaderEpoch: 'tidemark.rejected.leaderepoch',
  concern: 'tidemark.rejected.concern',
  decision: 'tidemark.decision',
  decidedAt: 'tidemark.decision.position',
  topic: '__connect.errors.topic',
  partition: '__connect.errors.partition',
  offset: '__connect.errors.offset',
  stage: '__connect.errors.stage',
  reason: '__connect.errors.exception.class.name',
  detail: '__connect.errors.exception.message',
} as const;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function header(name: string, value: string): RecordHeader {
  return [name, encoder.encode(value)];
}

export function encodeDeadLetter(topic: string, letter: DeadLetter): NewRecord {
  const { record, rejection: why, concern } = honest(letter);
  const { position } = record;
  const ours = [
    header(names.topic, position.topic),
    header(names.partition, String(position.partition)),
    header(names.offset, String(position.offset)),
    header(names.stage, 'VALUE_CONVERTER'),
    header(names.reason, why.reason),
    header(names.detail, why.detail),
    header(names.incarnation, JSON.stringify(position.incarnation)),
    header(names.leaderEpoch, String(position.leaderEpoch)),
    header(names.concern, JSON.stringify(concern)),
    header(names.about, positionText(position)),
    header(names.entry, 'letter'),
  ];
  if (isStandIn(record)) return { topic, key: null, headers: [...ours, header(names.kept, 'topic')], value: null };
  const whole = [...record.headers, ...ours, header(names.kept, 'whole')];
  if (fits(record, whole)) return { topic, key: record.key, headers: whole, value: record.value };
  return { topic, key: null, headers: [...ours, header(names.kept, 'reference')], value: null };
}

/** Of what stands in for a record, the letter says so: its size is no size of the record's. */
export function honest(letter: DeadLetter): DeadLetter {
  const { record, rejection: why } = letter;
  return isStandIn(record) ? { ...letter, rejection: rejection(why.reason, standInText(record)) } : letter;
}

// The frame around a record: lengths, position, checksum and hash. Generous, since the letter must never be refused.
const FRAME_BYTES = 1_024;

function fits(record: LogRecord, headers: readonly RecordHeader[]): boolean {
  const headerBytes = headers.reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + value.length, 0);
  const bytes = (record.key?.length ?? 0) + (record.value?.length ?? 0) + headerBytes + 8 * headers.length;
  return (
    headers.length <= limits.recordHeadersMax &&
    headerBytes <= limits.recordHeaderBytesMax &&
    bytes + FRAME_BYTES <= limits.frameBytesMax
  );
}

export function encodeDecision(topic: string, id: string, decision: NewDecision): NewRecord {
  const repaired = decision.kind === 'redriven' ? decision.repaired : null;
  const headers = [header(names.about, id), header(names.decision, decision.kind), header(names.entry, 'decision')];
  return { topic, key: encoder.encode(id), headers, value: repaired };
}

/** What a decision needed is gone: `at` is the decision's own position, as text. */
export function encodeLapse(topic: string, id: string, at: string): NewRecord {
  const headers = [header(names.about, id), header(names.decidedAt, at), header(names.entry, 'lapse')];
  return { topic, key: encoder.encode(id), headers, value: null };
}

export type RejectedEntry =
  | {
      readonly entry: 'letter';
      readonly letter: DeadLetter;
      readonly rejectedAtMs: number;
      /** The letter holds no bytes: the record is where it was. */
      readonly isReference: boolean;
    }
  | { readonly entry: 'decision'; readonly id: string; readonly decision: Decision }
  /** The decision at `at` never took effect and never will. */
  | { readonly entry: 'lapse'; readonly id: string; readonly at: string };

/** Undefined for a record that is none of these: somebody else's, which is left alone. */
export function decodeRejectedEntry(record: LogRecord): RejectedEntry | undefined {
  const headers = new Map(record.headers.map(([name, value]) => [name, decoder.decode(value)]));
  const about = headers.get(names.about) ?? '';
  if (parsePositionText(about) === undefined) return undefined;
  if (headers.get(names.entry) === 'decision') return decodeDecision(record, about, headers);
  if (headers.get(names.entry) === 'lapse') return decodeLapse(about, headers.get(names.decidedAt) ?? '');
  if (headers.get(names.entry) !== 'letter') return undefined;
  const why = decodeRejection(headers);
  const concern = decodeConcern(headers.get(names.concern) ?? '');
  const original = originalOf(record, headers);
  if (why === undefined || concern === undefined || original === undefined) return undefined;
  const isReference = headers.get(names.kept) !== 'whole';
  const letter = { record: original, rejection: why, concern };
  return { entry: 'letter', letter, rejectedAtMs: record.timestampMs, isReference };
}

function decodeDecision(
  record: LogRecord,
  id: string,
  headers: ReadonlyMap<string, string>,
): RejectedEntry | undefined {
  const at = positionText(record.position);
  if (headers.get(names.decision) === 'discarded')
    return { entry: 'decision', id, decision: { kind: 'discarded', at } };
  if (headers.get(names.decision) !== 'redriven') return undefined;
  return { entry: 'decision', id, decision: { kind: 'redriven', at, repaired: record.value } };
}

function decodeLapse(id: string, at: string): RejectedEntry | undefined {
  return parsePositionText(at) === undefined ? undefined : { entry: 'lapse', id, at };
}

function decodeRejection(headers: ReadonlyMap<string, string>): Rejection | undefined {
  const reason = headers.get(names.reason) ?? '';
  if (!Object.hasOwn(rejectionAdvice, reason)) return undefined;
  return rejection(reason as RejectionReason, headers.get(names.detail) ?? '');
}

function decodeConcern(json: string): Concern | undefined {
  try {
    const { tenant, kind, id, accountId } = JSON.parse(json) as Concern;
    return { tenant, kind: kind !== null && isKind(kind) ? kind : null, id, accountId };
  } catch {
    return undefined;
  }
}

function originalOf(record: LogRecord, headers: ReadonlyMap<string, string>): LogRecord | undefined {
  const name = parsePositionText(headers.get(names.about) ?? '');
  if (name === undefined) return undefined;
  try {
    const incarnation = JSON.parse(headers.get(names.incarnation) ?? '');
    const leaderEpoch = Number(headers.get(names.leaderEpoch));
    // Ours are the last twelve; whatever stands before them came with the record.
    return {
      ...record,
      position: { ...name, incarnation, leaderEpoch },
      headers: record.headers.slice(0, -OUR_HEADERS),
    };
  } catch {
    return undefined;
  }
}

const OUR_HEADERS = 12;
