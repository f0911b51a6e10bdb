/** Keys for one demo: a random one per tenant; the file holds their hashes only. */
import { writeFile } from 'node:fs/promises';
import { hashKey, type KeyFile, newKey, scopes } from '../../api/auth.js';

export type TenantKeys = ReadonlyMap<string, string>;

/** Somebody who is nobody here, for worlds of one tenant: isolation is shown by what another tenant does not see. */
export const STRANGER = 'another-tenant';

export async function writeKeys(file: string, tenants: readonly string[]): Promise<TenantKeys> {
  const all = tenants.length > 1 ? tenants : [...tenants, STRANGER];
  const keys = new Map(all.map((tenant) => [tenant, newKey()]));
  const content: KeyFile = {
    keys: [...keys].map(([tenant, key]) => ({
      id: `demo-${tenant}`,
      sha256: hashKey(key),
      tenant,
      // Whoever runs the demo owns all its tenants, so the numbers of the whole service are theirs to see, and decisions theirs to approve.
      scopes: [...scopes],
    })),
  };
  await writeFile(file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  return keys;
}
