/** CloudEvents of the bank: one place for tenant, source and ids. */
import type { JsonObject } from '../../../src/domain/canonical.js';
import type { Kind } from '../../../src/domain/kinds/index.js';
import { instantText } from '../../../src/domain/time.js';
import type { EventEntry } from '../stream.js';
import { type SourceRow, textField } from './source.js';

/** The bank of the data set, as its documents call it. */
export const tauTenant = 'rho-bank';

/** When everything without a date is said to have been there: before the earliest date of the data, 1 June 2018. */
export const undatedAtMs = Date.UTC(2018, 0, 1);

export interface Occurrence {
  readonly atMs: number;
  /** Unique in the stream and the same in every run: table and row. */
  readonly id: string;
  readonly type: string;
  readonly kind: Kind;
  readonly subject: string;
  readonly op: 'upsert' | 'patch';
  readonly data: JsonObject;
}

export function entryOf(occurrence: Occurrence): EventEntry {
  const { atMs, id, type, kind, subject, op, data } = occurrence;
  const event = {
    specversion: '1.0',
    id,
    source: `/${tauTenant}/core-banking`,
    type,
    subject,
    time: instantText(atMs),
    tenant: tauTenant,
    op,
    datacontenttype: 'application/json',
    data,
  } as const;
  return { at: atMs, tenant: tauTenant, topicKind: kind, event };
}

/** One entity per version of a document, so that a successor does not overwrite what it follows. */
export function policyEntityId(documentId: string, version: string): string {
  return `${documentId}@${version}`;
}

export function policyEntry(document: SourceRow): EventEntry {
  const id = policyEntityId(document.id, '1');
  return entryOf({
    atMs: undatedAtMs,
    id: `documents/${document.id}`,
    type: 'policy.published',
    kind: 'policy',
    subject: id,
    op: 'upsert',
    data: {
      id,
      policyId: document.id,
      version: '1',
      title: textField(document, 'title'),
      body: textField(document, 'content'),
    },
  });
}
