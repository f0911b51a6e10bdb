/** Events of tickets. The help desk sends full state once and merge patches after that, without versions. */
import type { JsonObject } from '../../../src/domain/canonical.js';
import { instantText } from '../../../src/domain/time.js';
import type { EventEntry } from '../stream.js';
import { at } from './calendar.js';
import { entryOf, type Subject, type Tenant } from './emit.js';
import type { Priority } from './ticket-topic.js';

export interface Comment {
  readonly author: 'customer' | 'support';
  readonly at: string;
  readonly body: string;
}

export interface TicketText {
  readonly id: string;
  readonly accountId: string;
  readonly product: string;
  readonly priority: Priority;
  readonly channel: 'email' | 'portal' | 'chat';
  readonly requester: string;
  readonly subject: string;
  readonly body: string;
}

export function ticketSubject(tenant: Tenant, id: string): Subject {
  return { tenant, kind: 'ticket', id };
}

export function ticketData(text: TicketText, openedAt: number): JsonObject {
  const createdAt = instantText(openedAt);
  return { ...text, status: 'open', comments: [], createdAt, updatedAt: createdAt };
}

export function commentsData(comments: readonly Comment[]): readonly JsonObject[] {
  return comments.map(({ author, at: when, body }) => ({ author, at: when, body }));
}

/** A hand-written ticket, arriving the moment it is opened. */
export function opened(tenant: Tenant, openedAt: string, text: TicketText): EventEntry {
  const instant = at(openedAt);
  const occurrence = { verb: 'opened', sequence: 1, happenedAt: instant, arrivesAt: instant };
  return entryOf(ticketSubject(tenant, text.id), occurrence, { op: 'upsert', data: ticketData(text, instant) });
}

export interface TicketPatch {
  readonly id: string;
  readonly verb: string;
  readonly sequence: number;
  readonly happened: string;
  readonly data: JsonObject;
}

/** A hand-written change, arriving the moment it happens. */
export function patched(tenant: Tenant, patch: TicketPatch): EventEntry {
  const instant = at(patch.happened);
  const occurrence = { verb: patch.verb, sequence: patch.sequence, happenedAt: instant, arrivesAt: instant };
  const data = { ...patch.data, updatedAt: instantText(instant) };
  return entryOf(ticketSubject(tenant, patch.id), occurrence, { op: 'patch', data });
}
