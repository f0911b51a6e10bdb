/** What fills the slots of a ticket's sentences: numbers, dates and names that fit its account and its day. */

import type { Random } from '../../random.js';
import type { AccountRow } from './accounts.js';
import { DAY_MS } from './calendar.js';
import type { Tenant } from './emit.js';
import type { Sentences, Slots } from './ticket-topic.js';

const carriers: Sentences = ['Swiftlark', 'Kestrel Post', 'Bluepier Freight', 'Ostermail', 'Ninefold Express'];
const cities: Sentences = ['Marrowby', 'Easthaven', 'Port Ellery', 'Lindenau', 'Cold Ashford', 'San Briso', 'Takemori'];
const codes: Sentences = ['E4312', 'E2070', 'ERR_TIMEOUT', '502', 'AUTH-19', 'DX-118'];

const endpoints: Readonly<Record<Tenant, Sentences>> = {
  northquay: ['POST /v2/labels', 'GET /v2/shipments', 'GET /v2/rates', 'PUT /v2/orders'],
  pinbell: ['POST /invoices', 'GET /jobs', 'GET /calendars'],
};
const orderPrefix: Readonly<Record<Tenant, string>> = { northquay: 'NQ', pinbell: 'JOB' };
const currencyOf: Readonly<Record<string, string>> = { eu: '€', uk: '£', us: '$', apac: '$' };

// Spelled out here: the texts of `Intl` follow the runtime's Unicode tables, and the world must be the same everywhere.
const months: Sentences = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

function monthText(ms: number): string {
  return months[new Date(ms).getUTCMonth()] ?? '';
}

function dayText(ms: number): string {
  return `${new Date(ms).getUTCDate()} ${monthText(ms)}`;
}

export function slotsFor(account: AccountRow, openedAt: number, random: Random): Slots {
  const recent = openedAt - random.between(1, 6) * DAY_MS;
  const amount = `${currencyOf[account.region] ?? '€'}${(random.between(900, 98_000) / 100).toFixed(2)}`;
  const minute = String(random.pick([0, 10, 15, 20, 30, 40, 45])).padStart(2, '0');
  return {
    amount,
    carrier: random.pick(carriers),
    city: random.pick(cities),
    code: random.pick(codes),
    count: String(random.pick([3, 12, 18, 25, 40, 64, 90, 140, 220, 350])),
    date: dayText(recent),
    endpoint: random.pick(endpoints[account.tenant]),
    invoice: `INV-2026-${random.between(1_000, 9_999)}`,
    month: monthText(openedAt - 31 * DAY_MS),
    order: `${orderPrefix[account.tenant]}-${random.between(20_000, 99_999)}`,
    soon: dayText(openedAt + random.between(5, 20) * DAY_MS),
    time: `${String(random.between(6, 17)).padStart(2, '0')}:${minute}`,
  };
}
