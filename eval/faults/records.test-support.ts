/** Records as a producer writes them past the entrance, and reading their letters. */
import type { JsonObject } from '../../src/domain/canonical.js';
import type { InteractionKind } from '../../src/domain/event.js';
import { isJsonObject } from '../../src/domain/json.js';
import { isKind, type Kind } from '../../src/domain/kinds/index.js';
import { recordKey } from '../../src/domain/record-key.js';
import { account, entitlement, policy, tenant, ticket, topics } from '../../src/fixtures.test-support.js';
import type { NewRecord } from '../../src/log/port.js';
import { topicAbout } from '../../src/log/topics.js';

const makers = { account, ticket, entitlement, policy };

/** A full state of an entity of any kind, with the data a test wants to see again. */
export function fullState(kind: Kind, id: string, data: JsonObject = {}, more: JsonObject = {}): JsonObject {
  return makers[kind](id, data, more);
}

const interactions = {
  control: { type: 'control.noted', data: {} },
  tool: { type: 'tool.called', data: { tool: 'refund' } },
  decision: { type: 'decision.approved', data: { by: 'somebody' } },
} as const satisfies Record<InteractionKind, { readonly type: string; readonly data: JsonObject }>;

export function goodRecord(about: Kind | InteractionKind, id: string): NewRecord {
  if (isKind(about)) return rawRecord(about, id, JSON.stringify(fullState(about, id)));
  const core = { id: `good-${id}`, source: 'test', specversion: '1.0', tenant, subject: id };
  return rawRecord(about, id, JSON.stringify({ ...core, ...interactions[about] }));
}

export function rawRecord(about: Kind | InteractionKind, id: string, value: string | Uint8Array | null): NewRecord {
  const topic = topicAbout(topics, about).name;
  return { topic, key: recordKey(tenant, id), headers: [], value: value === null ? null : Buffer.from(value) };
}

/** Bytes as the API shows them: text where it is UTF-8, else base64. */
export function bytesOf(shown: unknown): Buffer | null {
  if (!isJsonObject(shown)) return null;
  return typeof shown.text === 'string' ? Buffer.from(shown.text) : Buffer.from(String(shown.base64), 'base64');
}

/** The value of a letter's record. */
export function valueIn({ record }: JsonObject): Buffer | null {
  return isJsonObject(record) ? bytesOf(record.value) : null;
}
