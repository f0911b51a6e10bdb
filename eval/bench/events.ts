/** Events for measuring: plain tickets of about 400 bytes over a number of accounts, the same at every run. */
import { canonicalJson, type JsonObject } from '../../src/domain/canonical.js';

export function ticketEvents(count: number, tenant: string): readonly JsonObject[] {
  return Array.from({ length: count }, (_, index) => ({
    specversion: '1.0',
    id: `e-${index}`,
    source: '/bench',
    type: 'ticket.updated',
    subject: `T-${index}`,
    time: '2026-01-01T00:00:00Z',
    tenant,
    data: {
      id: `T-${index}`,
      accountId: `A-${index % 1_000}`,
      subject: `Question ${index} about an invoice`,
      body: `The amount on line ${index % 17} differs from the order by ${index % 100}.00 and nobody told us why it does.`,
      status: index % 3 === 0 ? 'closed' : 'open',
      priority: 'normal',
    },
  }));
}

export function eventBytes(events: readonly JsonObject[]): readonly Uint8Array[] {
  return events.map((event) => Buffer.from(canonicalJson(event)));
}
