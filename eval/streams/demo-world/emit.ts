/** Builds the CloudEvents of this world: one place for sources, event ids and extension attributes. */
import type { JsonObject } from '../../../src/domain/canonical.js';
import type { Kind } from '../../../src/domain/kinds/index.js';
import { instantText } from '../../../src/domain/time.js';
import type { CloudEventJson, EventEntry } from '../stream.js';

export const tenants = ['northquay', 'pinbell'] as const;
export type Tenant = (typeof tenants)[number];

export interface Subject {
  readonly tenant: Tenant;
  readonly kind: Kind;
  readonly id: string;
}

export interface Occurrence {
  /** Past tense: `ticket` and `opened` make `ticket.opened`. */
  readonly verb: string;
  /** Counts the events of this entity from 1. With the subject it is the event's id; a repeated number is a repeated event. */
  readonly sequence: number;
  readonly happenedAt: number;
  readonly arrivesAt: number;
  /** The source's own version of the entity; left out by sources that have none. */
  readonly version?: string;
  /** Shared by the events of one business action. */
  readonly correlationId?: string;
}

export type Change =
  | { readonly op: 'upsert'; readonly data: JsonObject }
  | { readonly op: 'patch'; readonly data: JsonObject }
  | { readonly op: 'delete' };

/** The system that each kind comes from. Event ids are unique per source, not across sources. */
const sourceOf: Readonly<Record<Kind, string>> = {
  account: 'crm',
  ticket: 'helpdesk',
  entitlement: 'billing',
  policy: 'policy-desk',
};

export function entryOf(subject: Subject, occurrence: Occurrence, change: Change): EventEntry {
  const { tenant, kind, id } = subject;
  const event: CloudEventJson = {
    specversion: '1.0',
    id: `${id}.${occurrence.sequence}`,
    source: `/${tenant}/${sourceOf[kind]}`,
    type: `${kind}.${occurrence.verb}`,
    subject: id,
    time: instantText(occurrence.happenedAt),
    tenant,
    // Upsert is the default of the wire format; leaving it out keeps the default exercised.
    ...(change.op === 'upsert' ? {} : { op: change.op }),
    ...(occurrence.version === undefined ? {} : { entityversion: occurrence.version }),
    ...(occurrence.correlationId === undefined ? {} : { correlationid: occurrence.correlationId }),
    ...(change.op === 'delete' ? {} : { datacontenttype: 'application/json', data: change.data }),
  };
  return { at: occurrence.arrivesAt, tenant, topicKind: kind, event };
}

/** The same event again, later: a retry of a sender that missed the first acknowledgement. */
export function sentAgain(entry: EventEntry, at: number): EventEntry {
  return { ...entry, at };
}
