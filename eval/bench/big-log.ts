/** Many events in a log, written past the intake: what it would have written, only sooner. */
import { canonicalJson, type JsonObject } from '../../src/domain/canonical.js';
import { recordKey } from '../../src/domain/record-key.js';
import type { EventLog, NewRecord } from '../../src/log/port.js';
import { defaultTopics, topicAbout } from '../../src/log/topics.js';

const BATCH = 2_000;
const headers = [['content-type', Buffer.from('application/cloudevents+json; charset=utf-8')]] as const;

/** About 400 bytes each: `count` events over a fifth as many tickets, so that every ticket changes five times. */
export async function appendTickets(log: EventLog, tenant: string, count: number): Promise<void> {
  const tickets = Math.max(1, Math.floor(count / 5));
  for (let from = 0; from < count; from += BATCH) {
    const length = Math.min(BATCH, count - from);
    await log.append(Array.from({ length }, (_, index) => ticketRecord(tenant, from + index, tickets)));
  }
}

export function ticketRecord(tenant: string, index: number, tickets: number): NewRecord {
  const id = `T-${index % tickets}`;
  const accountId = `A-${index % Math.max(1, Math.floor(tickets / 10))}`;
  const data = { id, accountId, ...changingParts(index), priority: 'normal' };
  return recordOf('ticket', { ...ticketUpdate(tenant, index, id), data });
}

/** The same, and what comes after the first event of a ticket is a patch of it. */
export function patchedTicketRecord(tenant: string, index: number, tickets: number): NewRecord {
  if (index < tickets) return ticketRecord(tenant, index, tickets);
  const update = ticketUpdate(tenant, index, `T-${index % tickets}`);
  return recordOf('ticket', { ...update, op: 'patch', data: changingParts(index) });
}

function ticketUpdate(tenant: string, index: number, id: string) {
  return {
    specversion: '1.0',
    id: `e-${index}`,
    source: '/bench',
    type: 'ticket.updated',
    subject: id,
    time: '2026-01-01T00:00:00Z',
    tenant,
  };
}

function changingParts(index: number) {
  return {
    subject: `Question ${index} about an invoice`,
    body: `The amount on line ${index % 17} differs from the order by ${index % 100}.00 and nobody told us why it does.`,
    status: index % 3 === 0 ? 'closed' : 'open',
  };
}

function recordOf(
  kind: 'ticket',
  event: JsonObject & { readonly tenant: string; readonly subject: string },
): NewRecord {
  const { name } = topicAbout(defaultTopics, kind);
  return {
    topic: name,
    key: recordKey(event.tenant, event.subject),
    headers,
    value: Buffer.from(canonicalJson(event)),
  };
}
