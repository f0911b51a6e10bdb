/** The customers of both tenants, and what happens to them. The account system sends no versions: order is the log's. */
import type { JsonObject } from '../../../src/domain/canonical.js';
import { instantText } from '../../../src/domain/time.js';
import type { EventEntry } from '../stream.js';
import { at, DAY_MS, SECOND_MS, worldStartsAt } from './calendar.js';
import { entryOf, type Tenant } from './emit.js';
import { randomFor } from './random.js';

export interface AccountRow {
  readonly tenant: Tenant;
  readonly id: string;
  readonly name: string;
  readonly plan: string;
  readonly region: string;
  readonly industry: string;
  /** Absent for customers from before the world begins: they come with the first import. */
  readonly signedUpAt?: number;
}

type Row = readonly [id: string, name: string, plan: string, region: string, industry: string, signedUp?: string];

/** Northquay sells shipping software: labels, tracking, returns, warehouse sync. */
const northquay: readonly Row[] = [
  ['A-1001', 'Oakhollow Outfitters', 'enterprise', 'us', 'outdoor retail'],
  ['A-1002', 'Tinderlane Candles', 'starter', 'us', 'home goods'],
  ['A-1003', 'Velmora Ceramics', 'business', 'eu', 'tableware'],
  ['A-1004', 'Brightfathom Aquatics', 'business', 'us', 'aquarium supplies'],
  ['A-1005', 'Pellwood Instruments', 'business', 'us', 'musical instruments'],
  ['A-1006', 'Sandry Spice Imports', 'starter', 'uk', 'food'],
  ['A-1007', 'Kettleby Knitwear', 'business', 'uk', 'clothing'],
  ['A-1008', 'Ostrava Lane Books', 'starter', 'eu', 'books'],
  ['A-1009', 'Quillfin Electronics', 'enterprise', 'apac', 'consumer electronics'],
  ['A-1010', 'Maplethorn Toys', 'business', 'us', 'toys'],
  ['A-1011', 'Dunlark Cycles', 'business', 'uk', 'bicycle parts'],
  ['A-1012', 'Harrowmere Homewares', 'enterprise', 'uk', 'home goods'],
  ['A-1013', 'Cinderpine Coffee', 'starter', 'us', 'food'],
  ['A-1014', 'Lumen & Loom', 'business', 'eu', 'lighting'],
  ['A-1015', 'Farrowdale Garden Supply', 'business', 'us', 'garden'],
  ['A-1016', 'Stellhaven Optics', 'enterprise', 'eu', 'optical goods'],
  ['A-1017', 'Tamsin Row Cosmetics', 'business', 'uk', 'cosmetics'],
  ['A-1018', 'Ironwarble Tools', 'enterprise', 'apac', 'hardware'],
  ['A-1019', 'Harrowmere Trade Counter', 'business', 'uk', 'wholesale'],
  ['A-1020', 'Wrenfield Pharmacy Supply', 'enterprise', 'eu', 'medical supplies'],
  ['A-1021', 'Corvane Footwear', 'business', 'eu', 'shoes'],
  ['A-1022', 'Blue Sedge Tea', 'starter', 'apac', 'food'],
  ['A-1023', 'Norwick Print Studio', 'starter', 'uk', 'stationery'],
  ['A-1024', 'Graylatch Security', 'enterprise', 'us', 'locks and safes'],
  ['A-1025', 'Amberfold Textiles', 'business', 'apac', 'textiles'],
  ['A-1026', 'Pinnock Pet Provisions', 'starter', 'us', 'pet supplies'],
  // A-1027 is written by hand in the traps: it is deleted, and its id is given out again.
  ['A-1028', 'Thistlecombe Dairy', 'starter', 'uk', 'food', '2026-02-05T10:12:00Z'],
  ['A-1029', 'Sableport Marine', 'business', 'us', 'boat parts', '2026-02-11T15:40:00Z'],
  ['A-1030', 'Hexley Board Games', 'business', 'eu', 'games', '2026-02-19T08:55:00Z'],
];

/** Pinbell sells scheduling and invoicing to small field-service firms. Its account ids are also Northquay's: on purpose. */
const pinbell: readonly Row[] = [
  ['A-1001', 'Copperlorne Plumbing', 'team', 'eu', 'plumbing'],
  ['A-1002', 'Gablemoor Roofing', 'team', 'us', 'roofing'],
  ['A-1003', 'Fernside Window Cleaning', 'solo', 'eu', 'cleaning'],
  ['A-1004', 'Nettlight Electric', 'team', 'us', 'electrical'],
  ['A-1005', 'Burrowdale Pest Control', 'solo', 'us', 'pest control'],
  ['A-1006', 'Brimwell Boiler Care', 'team', 'eu', 'heating'],
  ['A-1007', 'Mossgate Landscapes', 'solo', 'eu', 'gardening'],
  ['A-1008', 'Sprocket Street Repairs', 'team', 'eu', 'appliance repair'],
  ['A-1009', 'Hagbank Locksmiths', 'solo', 'us', 'locksmith', '2026-02-09T13:05:00Z'],
  ['A-1010', 'Tilewright Bathrooms', 'team', 'us', 'renovation', '2026-02-17T16:20:00Z'],
];

const rowsOf: Readonly<Record<Tenant, readonly Row[]>> = { northquay, pinbell };

export function accountsOf(tenant: Tenant): readonly AccountRow[] {
  return rowsOf[tenant].map(([id, name, plan, region, industry, signedUp]) => ({
    tenant,
    id,
    name,
    plan,
    region,
    industry,
    ...(signedUp === undefined ? {} : { signedUpAt: at(signedUp) }),
  }));
}

/** Full state as the account system sends it. Contacts are roles: nobody is named. */
export function accountData(row: AccountRow): JsonObject {
  const random = randomFor(`account/${row.tenant}/${row.id}`);
  const domain = `${row.name.toLowerCase().replaceAll(/[^a-z]+/g, '-')}.example`;
  const customerSince = row.signedUpAt ?? worldStartsAt - random.between(40, 1_400) * DAY_MS;
  return {
    id: row.id,
    name: row.name,
    plan: row.plan,
    region: row.region,
    status: 'active',
    industry: row.industry,
    seats: random.between(2, row.plan === 'enterprise' ? 180 : 25),
    customerSince: instantText(customerSince).slice(0, 10),
    contacts: [
      { role: 'billing contact', email: `billing@${domain}` },
      { role: 'technical contact', email: `systems@${domain}` },
    ],
  };
}

type LaterChange = readonly [tenant: Tenant, id: string, happened: string, verb: string, patch: JsonObject];

const laterChanges: readonly LaterChange[] = [
  ['northquay', 'A-1002', '2026-02-03T09:14:00Z', 'upgraded', { plan: 'business', seats: 14 }],
  ['northquay', 'A-1013', '2026-02-04T16:02:00Z', 'status_changed', { status: 'past_due' }],
  ['northquay', 'A-1024', '2026-02-06T11:30:00Z', 'contacts_changed', { preferredChannel: 'phone' }],
  ['northquay', 'A-1013', '2026-02-09T08:21:00Z', 'status_changed', { status: 'active' }],
  ['northquay', 'A-1026', '2026-02-10T17:45:00Z', 'status_changed', { status: 'past_due' }],
  ['northquay', 'A-1015', '2026-02-12T10:05:00Z', 'downgraded', { plan: 'starter', seats: 3 }],
  ['northquay', 'A-1023', '2026-02-13T12:40:00Z', 'renamed', { name: 'Norwick Print & Paper' }],
  ['northquay', 'A-1010', '2026-02-16T14:18:00Z', 'upgraded', { plan: 'enterprise', seats: 60 }],
  ['northquay', 'A-1020', '2026-02-18T09:50:00Z', 'status_changed', { status: 'in_review' }],
  ['northquay', 'A-1026', '2026-02-20T09:00:00Z', 'status_changed', { status: 'suspended' }],
  ['northquay', 'A-1020', '2026-02-23T15:33:00Z', 'status_changed', { status: 'active' }],
  ['northquay', 'A-1025', '2026-02-25T06:47:00Z', 'upgraded', { plan: 'enterprise', seats: 48 }],
  ['pinbell', 'A-1005', '2026-02-08T19:02:00Z', 'upgraded', { plan: 'team', seats: 4 }],
  ['pinbell', 'A-1007', '2026-02-14T10:10:00Z', 'status_changed', { status: 'past_due' }],
  ['pinbell', 'A-1007', '2026-02-24T11:26:00Z', 'status_changed', { status: 'active' }],
];

/** From the change in the account system to its arrival. */
const ACCOUNT_DELAY_MS = 4 * SECOND_MS;

export function accountEntries(tenant: Tenant): EventEntry[] {
  const created = accountsOf(tenant).map((row, index) => {
    const imported = row.signedUpAt === undefined;
    const happenedAt = row.signedUpAt ?? worldStartsAt;
    const arrivesAt = imported ? worldStartsAt + index * SECOND_MS : happenedAt + ACCOUNT_DELAY_MS;
    const verb = imported ? 'imported' : 'created';
    const subject = { tenant, kind: 'account', id: row.id } as const;
    return entryOf(subject, { verb, sequence: 1, happenedAt, arrivesAt }, { op: 'upsert', data: accountData(row) });
  });
  const sequences = new Map<string, number>();
  const changed = laterChanges.flatMap(([owner, id, happened, verb, data]) => {
    if (owner !== tenant) return [];
    const sequence = (sequences.get(id) ?? 1) + 1;
    sequences.set(id, sequence);
    const happenedAt = at(happened);
    const occurrence = { verb, sequence, happenedAt, arrivesAt: happenedAt + ACCOUNT_DELAY_MS };
    return [entryOf({ tenant, kind: 'account', id }, occurrence, { op: 'patch', data })];
  });
  return [...created, ...changed];
}
