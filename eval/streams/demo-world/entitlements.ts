/** What accounts have bought, until when. Billing versions every state: Northquay counts, Pinbell sends log sequence numbers. */
import type { JsonObject } from '../../../src/domain/canonical.js';
import { instantText } from '../../../src/domain/time.js';
import type { Random } from '../../random.js';
import type { EventEntry } from '../stream.js';
import { type AccountRow, accountsOf } from './accounts.js';
import { at, DAY_MS, MINUTE_MS, SECOND_MS, worldEndsAt, worldStartsAt } from './calendar.js';
import { type Change, entryOf, type Tenant } from './emit.js';
import { randomFor } from './random.js';

interface Product {
  readonly product: string;
  readonly unit: string;
  readonly quantities: readonly [number, ...number[]];
}

const productsOf: Readonly<Record<Tenant, readonly [Product, ...Product[]]>> = {
  northquay: [
    { product: 'labels', unit: 'labels per month', quantities: [500, 2_000, 10_000, 50_000] },
    { product: 'tracking', unit: 'shipments per month', quantities: [1_000, 5_000, 25_000] },
    { product: 'returns', unit: 'return labels per month', quantities: [100, 500, 2_500] },
    { product: 'warehouse-sync', unit: 'warehouses', quantities: [1, 2, 4] },
    { product: 'bulk-api', unit: 'requests per minute', quantities: [120, 300, 600] },
    { product: 'customs', unit: 'declarations per month', quantities: [50, 400] },
    { product: 'analytics', unit: 'seats', quantities: [1, 3, 10] },
  ],
  pinbell: [
    { product: 'booking', unit: 'calendars', quantities: [1, 4, 12] },
    { product: 'invoicing', unit: 'invoices per month', quantities: [50, 200, 800] },
    { product: 'reminders', unit: 'messages per month', quantities: [100, 500, 2_000] },
    { product: 'field-app', unit: 'technicians', quantities: [1, 5, 15] },
  ],
};

/** Version `n` of an entitlement as its billing system writes it. A log sequence number grows, but not by one. */
export function entitlementVersion(tenant: Tenant, n: number): string {
  return tenant === 'northquay' ? String(n) : `1F/${(0xb3_0000 + n * 0x2_48).toString(16).toUpperCase()}`;
}

interface Grant {
  readonly id: string;
  readonly account: AccountRow;
  readonly product: Product;
}

/** Beside these the traps bring five of their own; 120 in all. */
const generatedCount: Readonly<Record<Tenant, number>> = { northquay: 90, pinbell: 25 };

/** Dealt to the accounts in turn. Three products on per round: coprime to both catalogues, so no account gets one twice. */
function grantsOf(tenant: Tenant): Grant[] {
  const [accounts, products, count] = [accountsOf(tenant), productsOf[tenant], generatedCount[tenant]];
  const grants: Grant[] = [];
  for (let round = 0; grants.length < count; round++) {
    for (const [index, account] of accounts.slice(0, count - grants.length).entries()) {
      const product = products[(round * 3 + index) % products.length] ?? products[0];
      grants.push({ id: `E-${2001 + grants.length}`, account, product });
    }
  }
  return grants;
}

/** The tour asks at the real present, so what its accounts have must not run out. */
const openEndedAccounts: ReadonlySet<string> = new Set(['A-1003', 'A-1005']);

interface Term {
  readonly startsAt: number;
  readonly endsAt: number | null;
}

function termOf(account: AccountRow, random: Random): Term {
  const startsAt = account.signedUpAt ?? worldStartsAt - random.between(20, 700) * DAY_MS;
  const kind = random.next();
  if (kind < 0.55 || openEndedAccounts.has(account.id)) return { startsAt, endsAt: null };
  // A quarter of the terms run out inside the world: most of them without any event that says so.
  const days = kind < 0.8 ? random.between(45, 300) : random.between(4, 27);
  return { startsAt, endsAt: Math.max(startsAt, worldStartsAt) + days * DAY_MS };
}

export function entitlementData(grant: Grant, term: Term, quantity: number): JsonObject {
  return {
    id: grant.id,
    accountId: grant.account.id,
    product: grant.product.product,
    quantity,
    unit: grant.product.unit,
    status: 'active',
    startsAt: instantText(term.startsAt),
    endsAt: term.endsAt === null ? null : instantText(term.endsAt),
  };
}

export function entitlementEntries(tenant: Tenant): EventEntry[] {
  return grantsOf(tenant).flatMap((grant, index) => historyOf(grant, index));
}

function historyOf(grant: Grant, index: number): EventEntry[] {
  const { id, account } = grant;
  const { tenant } = account;
  const random = randomFor(`entitlement/${tenant}/${id}`);
  const term = termOf(account, random);
  const quantity = random.pick(grant.product.quantities);
  const subject = { tenant, kind: 'entitlement', id } as const;
  const grantedAt = account.signedUpAt ?? worldStartsAt;
  const first = {
    verb: account.signedUpAt === undefined ? 'imported' : 'granted',
    sequence: 1,
    version: entitlementVersion(tenant, 1),
    happenedAt: grantedAt,
    // After the accounts of the import, one per half minute, as a slow export would.
    arrivesAt: grantedAt + 5 * MINUTE_MS + index * 30 * SECOND_MS,
  };
  const entries = [entryOf(subject, first, { op: 'upsert', data: entitlementData(grant, term, quantity) })];
  const next = laterChange(grant, { term, quantity }, random);
  if (next === undefined || next.happenedAt <= first.arrivesAt) return entries;
  const { happenedAt, verb, change } = next;
  const arrivesAt = happenedAt + random.between(2, 240) * SECOND_MS;
  const second = { verb, sequence: 2, version: entitlementVersion(tenant, 2), happenedAt, arrivesAt };
  return arrivesAt < worldEndsAt ? [...entries, entryOf(subject, second, change)] : entries;
}

interface Bought {
  readonly term: Term;
  readonly quantity: number;
}

interface LaterChange {
  readonly verb: string;
  readonly happenedAt: number;
  readonly change: Change;
}

/** Renewals are sent as full state, resizes and cancellations as patches: both forms of a versioned entity. */
function laterChange(grant: Grant, bought: Bought, random: Random): LaterChange | undefined {
  const { term, quantity } = bought;
  if (term.endsAt !== null && term.endsAt < worldEndsAt && random.chance(0.4)) {
    const renewed = { startsAt: term.startsAt, endsAt: term.endsAt + 365 * DAY_MS };
    const data = entitlementData(grant, renewed, quantity);
    return { verb: 'renewed', happenedAt: term.endsAt - random.between(1, 3) * DAY_MS, change: { op: 'upsert', data } };
  }
  const happenedAt = at('2026-02-02T08:00:00Z') + random.between(0, 27 * 1_440) * MINUTE_MS;
  if (random.chance(0.2))
    return { verb: 'resized', happenedAt, change: { op: 'patch', data: { quantity: quantity * 2 } } };
  if (!random.chance(0.05) || openEndedAccounts.has(grant.account.id)) return undefined;
  return { verb: 'cancelled', happenedAt, change: { op: 'patch', data: { status: 'cancelled' } } };
}
