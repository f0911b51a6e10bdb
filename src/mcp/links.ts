/** Addresses of resources, as results link them. */
import type { JsonValue } from '../domain/canonical.js';
import type { Link } from './results.js';

export const SNAPSHOT_TEMPLATE = 'snapshot://{id}';
export const ACCOUNT_TEMPLATE = 'account://{id}';

export function snapshotLink(id: JsonValue | undefined): readonly Link[] {
  if (typeof id !== 'string') return [];
  return [{ uri: `snapshot://${encodeURIComponent(id)}`, name: 'snapshot', title: 'The snapshot, as it was released' }];
}

export function accountLink(id: string): readonly Link[] {
  return [{ uri: `account://${encodeURIComponent(id)}`, name: 'account', title: 'The account, as it is now' }];
}
