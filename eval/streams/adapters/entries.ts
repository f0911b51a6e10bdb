/** Events of data sets that have texts and no history: what arrives as a policy or a ticket, one way for all of them. */
import type { JsonObject } from '../../../src/domain/canonical.js';
import type { Kind } from '../../../src/domain/kinds/index.js';
import { instantText } from '../../../src/domain/time.js';
import type { EventEntry } from '../stream.js';

/** When a collection without dates begins to arrive. */
export const startsAtMs = Date.UTC(2026, 0, 1);

export interface Opened {
  readonly tenant: string;
  readonly kind: Kind;
  readonly id: string;
  readonly atMs: number;
  readonly data: JsonObject;
}

/** The one event that brings an entity; its id is the entity's. */
export function openedEntry({ tenant, kind, id, atMs, data }: Opened): EventEntry {
  const event = {
    specversion: '1.0',
    id: `${kind}/${id}`,
    source: `/${tenant}/collection`,
    type: kind === 'policy' ? 'policy.published' : `${kind}.opened`,
    subject: id,
    time: instantText(atMs),
    tenant,
    datacontenttype: 'application/json',
    data: { id, ...data },
  } as const;
  return { at: atMs, tenant, topicKind: kind, event };
}

export interface CollectionDocument {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

/** A document as a policy in force from the beginning, one version, for everyone. They arrive a second apart, in the order given. */
export function* policyEntries(tenant: string, documents: Iterable<CollectionDocument>): Generator<EventEntry> {
  let atMs = startsAtMs;
  for (const { id, title, text } of documents) {
    const data = { policyId: id, version: '1', title, body: text };
    yield openedEntry({ tenant, kind: 'policy', id, atMs, data });
    atMs += 1_000;
  }
}
