/** Events for measuring: the same at every run. */
import { canonicalJson, type JsonObject } from '../../src/domain/canonical.js';

/** Plain tickets of about 400 bytes over a number of accounts. `round` tells the events of one measuring from those of the next. */
export function ticketEvents(count: number, tenant: string, round = 0): readonly JsonObject[] {
  return Array.from({ length: count }, (_, index) => ({
    specversion: '1.0',
    id: `e-${round}-${index}`,
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

/** One account with 17 entities beside it, about 8 KB together: what a keyed snapshot of an ordinary account is made of. */
export function snapshotEvents(tenant: string): readonly JsonObject[] {
  const at = { specversion: '1.0', source: '/bench', time: '2026-01-01T00:00:00Z', tenant };
  const account = {
    ...at,
    id: 'account',
    type: 'account.created',
    subject: 'A-1',
    data: { id: 'A-1', name: 'One', plan: 'business', region: 'eu', status: 'active' },
  };
  const entitlements = Array.from({ length: 7 }, (_, index) => ({
    ...at,
    id: `entitlement-${index}`,
    type: 'entitlement.granted',
    subject: `E-${index}`,
    data: { id: `E-${index}`, accountId: 'A-1', product: `product-${index}`, startsAt: '2025-01-01' },
  }));
  const body = 'The amount differs from the order and nobody told us why it does. '.repeat(9);
  const tickets = Array.from({ length: 10 }, (_, index) => ({
    ...at,
    id: `ticket-${index}`,
    type: 'ticket.opened',
    subject: `T-${index}`,
    data: { id: `T-${index}`, accountId: 'A-1', subject: `Question ${index} about an invoice`, body, status: 'open' },
  }));
  return [account, ...entitlements, ...tickets];
}
