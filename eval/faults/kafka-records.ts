/**
 * Bad and odd records as producers of other teams write them, each with what has to come of it. One table for every log: the embedded
 * one takes them by `append`, Kafka from another client.
 */
import { canonicalJson, type JsonObject } from '../../src/domain/canonical.js';
import type { InteractionKind } from '../../src/domain/event.js';
import type { Kind } from '../../src/domain/kinds/index.js';
import { recordKey } from '../../src/domain/record-key.js';
import type { RejectionReason } from '../../src/domain/rejection.js';
import { tenant } from '../../src/fixtures.test-support.js';
import type { RecordHeader } from '../../src/log/port.js';
import { fullState } from './records.test-support.js';

/** The reason of its dead letter when it is rejected; `unseen`: nobody reads it, since its transaction was aborted. */
export type Expected = 'applied' | 'superseded' | 'duplicate' | 'unseen' | RejectionReason;

/** How Kafka gets it; what stands in a row with the same way goes together, in one batch or transaction. */
export type Way =
  // Clients for Node pack zstd from Node 22 on; what Java has packed is `connectors/kafka/codecs.live.test.ts`.
  | { readonly kind: 'packed'; readonly codec: 'gzip' | 'snappy' | 'lz4' }
  | { readonly kind: 'committed' }
  | { readonly kind: 'aborted' };

export interface CaseRecord {
  /** Of its topic. */
  readonly about: Kind | InteractionKind;
  readonly key: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
  readonly value: Uint8Array | null;
  readonly expected: Expected;
  /** More than a frame holds: the embedded log refuses it, and of one in Kafka the journal keeps the beginning. */
  readonly isBeyondFrame?: boolean;
  /** Kafka's, of its producer's making; an embedded log has only its own. */
  readonly timestampMs?: number;
  readonly way?: Way;
}

export interface RecordCase {
  readonly what: string;
  /** Of the entity that it is about. */
  readonly kind: Kind;
  readonly records: readonly CaseRecord[];
  readonly id: string;
  /** Of the entity afterwards: members of its data when it is present. */
  readonly leaves: 'nothing' | 'deleted' | JsonObject;
}

/** A case without the id of its entity, which it has to itself. */
export interface CasePlan {
  readonly what: string;
  readonly kind: Kind;
  readonly records: (id: string) => readonly CaseRecord[];
  readonly leaves: RecordCase['leaves'];
}

export function plan(
  what: string,
  kind: Kind,
  leaves: CasePlan['leaves'],
  records: (id: string) => CaseRecord | readonly CaseRecord[],
): CasePlan {
  return { what, kind, leaves, records: (id) => [records(id)].flat() };
}

/** A record under the key that its entity has. */
export function raw(
  about: Kind | InteractionKind,
  id: string,
  value: string | Uint8Array | null,
  expected: Expected,
): CaseRecord {
  const bytes = value === null ? null : Buffer.from(value);
  return { about, key: recordKey(tenant, id), headers: [], value: bytes, expected };
}

/** A full state of an account; `more` are attributes of its event. */
export function state(id: string, expected: Expected, data: JsonObject = {}, more: JsonObject = {}): CaseRecord {
  return event('account', id, fullState('account', id, data, more), expected);
}

export function event(kind: Kind, id: string, body: JsonObject, expected: Expected): CaseRecord {
  return raw(kind, id, canonicalJson(body), expected);
}

export function tombstone(kind: Kind, id: string, expected: Expected): CaseRecord {
  return raw(kind, id, null, expected);
}

export function header(name: string, value: string | Uint8Array): RecordHeader {
  return [name, Buffer.from(value)];
}

/** CloudEvents binary mode. */
export function binary(id: string, expected: Expected, attributes: JsonObject = {}): CaseRecord {
  const core = { specversion: '1.0', id: `e-${id}`, source: 'test', type: 'account.updated', subject: id, tenant };
  const headers = Object.entries({ ...core, ...attributes }).map(([name, value]) =>
    header(`ce_${name}`, String(value)),
  );
  return { ...raw('account', id, JSON.stringify({ id, name: id }), expected), headers };
}
