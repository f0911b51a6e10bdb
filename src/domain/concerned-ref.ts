import { type Ref, refOf } from './entity.js';
import type { Concern } from './parse.js';

/**
 * What tenants may be told a rejected record is about. Null where nobody can say; and where nobody can say whose it is, for then it
 * stands in the way of all of them, and what it names may be one tenant's.
 */
export function concernedRef({ tenant, kind, id }: Concern): Ref | null {
  return tenant === null || kind === null || id === null ? null : refOf({ tenant, kind, id });
}
