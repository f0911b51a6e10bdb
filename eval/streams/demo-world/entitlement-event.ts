/** Hand-written entitlements of the traps. */
import type { JsonObject } from '../../../src/domain/canonical.js';
import type { EventEntry } from '../stream.js';
import { entryOf, type Tenant } from './emit.js';
import { entitlementVersion } from './entitlements.js';

export interface Bought {
  readonly tenant: Tenant;
  readonly id: string;
  readonly accountId: string;
  readonly product: string;
  readonly quantity: number;
}

/** Open-ended, so that only the trap itself ends it. */
export function boughtData({ id, accountId, product, quantity }: Bought): JsonObject {
  return { id, accountId, product, quantity, status: 'active', startsAt: '2025-08-01T00:00:00Z', endsAt: null };
}

export interface Version {
  readonly verb: string;
  /** Version of the entitlement, and number of its event. */
  readonly n: number;
  readonly happenedAt: number;
  readonly arrivesAt: number;
}

/** Full state of a version. */
export function bought(what: Bought, { verb, n, happenedAt, arrivesAt }: Version): EventEntry {
  const { tenant, id } = what;
  const occurrence = { verb, sequence: n, version: entitlementVersion(tenant, n), happenedAt, arrivesAt };
  return entryOf({ tenant, kind: 'entitlement', id }, occurrence, { op: 'upsert', data: boughtData(what) });
}
